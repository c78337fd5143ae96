//! A document printed in both browsers: whole, page by page, and the same each time.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use regex::bytes::Regex;
use rinnova::browser::capabilities::Options;
use rinnova::browser::error::PageError;
use rinnova::browser::installed;
use rinnova::browser::session::Session;
use rinnova::guide::pdf::steady;
use rinnova::settings::BrowserName;
use rinnova::stop::channel;

/// A red square of 2 × 2.
const SQUARE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg==";

/// Three pages, the second by a break, the third because what must not be parted has no room left.
fn document(picture: &str) -> String {
    format!(
        r##"<!doctype html><html lang="it"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Guida è qui</title><style>@page {{ size: A4; margin: 20mm }} .together {{ break-inside: avoid }} .tall {{ height: 150mm }}
.next {{ break-before: page }}</style></head><body><h1>Guida</h1><p>Premi «Accedi».</p><h2 id="uno">Uno</h2>
<p>Testo <a href="#due">giù</a></p><h2 id="due" class="next">Due</h2>
<div class="together tall"><p>a</p><img loading="lazy" alt="Il modulo" src="data:image/png;base64,{picture}" width="200" height="200"></div>
<div class="together tall"><p>b</p></div></body></html>"##
    )
}

/// The file with all that is compressed in it laid open.
fn laid_open(pdf: &[u8]) -> Vec<u8> {
    let stream = Regex::new(r"(?s-u)stream\r?\n").expect("a pattern");
    let mut open = pdf.to_vec();
    for found in stream.find_iter(pdf) {
        if let Ok(data) = decompress_to_vec_zlib_with_limit(&pdf[found.end()..], 16 << 20) {
            open.push(b'\n');
            open.extend(data);
        }
    }
    open
}

/// What is drawn on each page.
fn pages(pdf: &[u8]) -> Vec<Vec<u8>> {
    let open = laid_open(pdf);
    let page = Regex::new(r"(?s-u)/Type /Page\b[^s].*?/Contents (\d+) 0 R").expect("a pattern");
    let content = |found: regex::bytes::Captures| {
        let number = std::str::from_utf8(&found[1]).expect("a number");
        let object = Regex::new(&format!(r"(?s-u)\n{number} 0 obj.*?stream\r?\n")).expect("a pattern");
        let start = object.find(pdf).expect("the page's content").end();
        decompress_to_vec_zlib_with_limit(&pdf[start..], 16 << 20).expect("what is drawn")
    };
    page.captures_iter(&open).map(content).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn printed_in(browser: BrowserName) {
    if let Err(why) = installed::find(browser) {
        println!("skipped: {why}");
        return;
    }
    let (_stopper, stop) = channel();
    let mut session = Session::start(&Options { browser, ..Options::default() }, stop).await.expect("a session");
    let broken = session.page.print(&document("bm90IGEgcGljdHVyZQ==")).await;
    assert!(matches!(&broken, Err(PageError::Refused { why, .. }) if why.starts_with("1 of")), "{broken:?}");
    let one = session.page.print(&document(SQUARE)).await.expect("a print");
    let two = session.page.print(&document(SQUARE)).await.expect("a print");
    session.close().await;
    assert_eq!(one.tagged, browser == BrowserName::Chromium, "the caller is told what is lost");
    let told = steady(&one.pdf).expect("a PDF");
    assert!(told == steady(&two.pdf).expect("a PDF"), "printed twice, it differs");
    assert_eq!(steady(&told).as_ref(), Ok(&told));
    let pages = pages(&told);
    assert_eq!(pages.len(), 3);
    for (at, page) in pages.iter().enumerate() {
        assert!(holds(page, "BT"), "page {} is blank: {}", at + 1, String::from_utf8_lossy(page));
    }
    let open = laid_open(&told);
    for gone in ["D:20", "Mozilla", "HeadlessChrome", "cairo"] {
        assert!(!holds(&open, gone), "{gone}");
    }
    assert!(holds(&open, "/Dest"), "a link within the document stays one");
    if one.tagged {
        assert!(holds(&open, "/MediaBox [0 0 594."), "A4");
        for there in
            ["/StructTreeRoot", "/MarkInfo", "/Outlines", "/Lang (it)", "/S /H2", "/S /Figure", "/Alt (Il modulo)"]
        {
            assert!(holds(&open, there), "{there}");
        }
        // The day differs from printing to printing, the rest does not.
        let day = Regex::new(r"\(D:\d{14}").expect("a pattern");
        let other = day.replace_all(&one.pdf, &b"(D:20010203040506"[..]);
        assert!(other.as_ref() != one.pdf.as_slice() && steady(&other).as_ref() == Ok(&told));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_printed_in_chromium() {
    printed_in(BrowserName::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_printed_in_firefox() {
    printed_in(BrowserName::Firefox).await;
}
