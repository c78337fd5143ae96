//! Where a flow may go: origins, paths, and the language it asks for.

use url::Url;

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::raw::read::{At, RawTemplate};
use crate::flow::step::{Part, Template};

impl Lowering<'_> {
    /// Scheme, host and port, and nothing else.
    pub(super) fn origin(&mut self, raw: &At<String>) -> Option<Url> {
        match origin(&raw.value) {
            Ok(url) => Some(url),
            Err(error) => {
                self.fault(error, raw.span.clone());
                None
            }
        }
    }

    /// A path that cannot lead to another origin: browsers take `//host` and `/\host` for one.
    pub(super) fn path(&mut self, raw: &At<RawTemplate>) -> Option<Template> {
        let template = self.template(raw)?;
        let good = match &template.0[..] {
            [Part::Literal(first), ..] => first.starts_with('/') && !first.starts_with("//"),
            _ => false,
        };
        let text = raw.value.text();
        if !good || text.contains(|letter: char| letter == '\\' || letter.is_whitespace() || letter.is_control()) {
            self.fault(FlowError::BadPath { path: text.to_owned() }, raw.span.clone());
            return None;
        }
        Some(template)
    }

    /// A BCP 47 tag of the common shape.
    pub(super) fn language_tag(&mut self, raw: &At<String>) {
        let mut parts = raw.value.split('-');
        let first = parts.next().unwrap_or_default();
        let good = (2..=3).contains(&first.len())
            && first.bytes().all(|letter| letter.is_ascii_lowercase())
            && parts
                .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric()));
        if !good {
            self.fault(FlowError::BadLanguage { text: raw.value.clone() }, raw.span.clone());
        }
    }
}

fn origin(text: &str) -> Result<Url, FlowError> {
    let bad = |reason| FlowError::BadOrigin { text: text.to_owned(), reason };
    let Ok(url) = Url::parse(text) else {
        // What cannot be read may still hold a password.
        return Err(if text.contains('@') {
            FlowError::OriginWithUser
        } else {
            bad("write it like `https://portal.example`")
        });
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FlowError::OriginWithUser);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it must begin with `https://`, or `http://`"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("leave out what follows the host: paths stand in `open` steps"));
    }
    Ok(url)
}
