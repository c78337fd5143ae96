//! Printing: a document of ours, set up in the window from nothing that lies anywhere, comes out as a PDF.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::PrintConfiguration;
use serde_json::json;

use crate::browser::error::PageError;
use crate::browser::lane::Lane;
use crate::browser::page::{GRACE, Page};

/// Printing lays out the whole document: it may take longer than a command to a page.
const LONGEST: Duration = Duration::from_secs(60);

/// Writes the document into the window, and waits until all in it that is drawn is there. Answers how many pictures are broken.
const SET_UP: &str = r"
    document.open();
    document.write(arguments[0]);
    document.close();
    const pictures = [...document.images];
    for (const picture of pictures) picture.loading = 'eager';
    const shown = pictures.map((picture) => picture.decode().then(() => 0, () => 1));
    return Promise.all([document.fonts.ready, ...shown]).then(([, ...broken]) => broken.reduce((sum, one) => sum + one, 0));
";

/// A printed document.
#[derive(Debug)]
pub struct Print {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Whether it has tags, by which it is read aloud, and an outline. A browser that prints by WebDriver's own command gives
    /// neither.
    pub tagged: bool,
}

impl Page {
    /// Prints an HTML document that holds all it needs, A4 where its own style does not say otherwise. The window shows it
    /// afterwards.
    ///
    /// # Errors
    /// [`PageError`]; [`PageError::Refused`] when a picture of the document cannot be shown.
    pub async fn print(&mut self, html: &str) -> Result<Print, PageError> {
        let refused = |why: String| PageError::Refused { command: "print".into(), why };
        self.lane.open("about:blank", GRACE).await?;
        self.follow().await?;
        let client = self.client.clone();
        let broken = self.classic("execute", client.execute(SET_UP, vec![json!(html)])).await?;
        match broken.as_u64() {
            Some(0) => {}
            Some(broken) => return Err(refused(format!("{broken} of the document's pictures cannot be shown"))),
            None => return Err(refused(format!("the document was not set up: {broken}"))),
        }
        if let Lane::Cdp(lane) = &mut self.lane {
            let text = lane.print(LONGEST).await?;
            let pdf = STANDARD.decode(text).map_err(|error| refused(error.to_string()))?;
            return Ok(Print { pdf, tagged: true });
        }
        let paper = PrintConfiguration::builder().background(true).build();
        let paper = paper.map_err(|error| refused(error.to_string()))?;
        let pdf = self.classic("print", client.print(paper)).await?;
        Ok(Print { pdf, tagged: false })
    }
}
