//! The search for secrets: in every byte that a run leaves and in the processes it starts, in each form in which a value
//! may come back. Written apart from the redactor, so that the two cannot be wrong together.

#![allow(dead_code, unreachable_pub)] // each test file uses its part, and a test crate exports nothing

use std::collections::BTreeMap;
use std::collections::hash_map::{DefaultHasher, HashMap};
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::trial::files_under;

/// What must not be found, by the name under which a find is told.
#[derive(Clone, Default)]
pub struct Secrets {
    needles: Vec<Needle>,
}

#[derive(Clone)]
struct Needle {
    told: String,
    bytes: Vec<u8>,
    /// A number stands for itself only where no letter or digit adjoins: a digest may hold any eight digits.
    apart: bool,
}

impl Secrets {
    /// Adds a value in all its forms.
    pub fn add(&mut self, name: &str, value: &str) {
        let number = value.bytes().all(|byte| byte.is_ascii_digit());
        for (form, bytes, text) in forms(value) {
            let told = format!("{name} ({form})");
            if !self.needles.iter().any(|needle| needle.bytes == bytes) {
                self.needles.push(Needle { told, bytes, apart: number && text });
            }
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.add(name, value);
        self
    }

    /// What stands in these bytes.
    pub fn hits(&self, bytes: &[u8]) -> Vec<&str> {
        let found = |needle: &&Needle| {
            let places = memmem(bytes, &needle.bytes);
            places.into_iter().any(|at| !needle.apart || stands_apart(bytes, at, needle.bytes.len()))
        };
        self.needles.iter().filter(found).map(|needle| needle.told.as_str()).collect()
    }

    /// What stands in the files under these folders, and in their names. A picture may hold nothing but pixels.
    pub fn in_files(&self, places: &[&Path]) -> Vec<String> {
        let mut found = Vec::new();
        for place in places {
            let mut files = files_under(place);
            files.push((*place).to_owned());
            for path in files {
                let shown = path.display().to_string();
                found.extend(self.hits(shown.as_bytes()).into_iter().map(|hit| format!("the name {shown}: {hit}")));
                let Ok(bytes) = fs::read(&path) else { continue };
                found.extend(self.hits(&bytes).into_iter().map(|hit| format!("{shown}: {hit}")));
                if path.extension().is_some_and(|extension| extension == "png") {
                    found.extend(beside_pixels(&bytes).into_iter().map(|chunk| format!("{shown}: a chunk {chunk}")));
                }
            }
        }
        found
    }
}

/// Each form of a value: its name, its bytes, and whether letters and digits stand in it as they are.
fn forms(value: &str) -> Vec<(String, Vec<u8>, bool)> {
    let each = |write: &dyn Fn(char) -> String| value.chars().map(write).collect::<String>();
    let bytes = |write: &dyn Fn(&u8) -> String| value.bytes().map(|byte| write(&byte)).collect::<Vec<_>>();
    let special = |c: char| !c.is_ascii_alphanumeric();
    let mut texts: Vec<(String, String)> = vec![
        ("raw".into(), value.into()),
        ("reversed".into(), value.chars().rev().collect()),
        ("capitals".into(), value.to_uppercase()),
        ("URL".into(), each(&|c| if special(c) { encoded(c, '%', true) } else { c.into() })),
        ("URL, small".into(), each(&|c| if special(c) { encoded(c, '%', false) } else { c.into() })),
        (
            "URL, a component".into(),
            each(&|c| if special(c) && !"-_.!~*'()".contains(c) { encoded(c, '%', true) } else { c.into() }),
        ),
        (
            "URL, a form".into(),
            each(&|c| match c {
                ' ' => "+".into(),
                c if special(c) && !"-_.*".contains(c) => encoded(c, '%', true),
                c => c.into(),
            }),
        ),
        ("URL, all of it".into(), each(&|c| encoded(c, '%', true))),
        ("HTML, names".into(), each(&html)),
        ("HTML, numbers".into(), each(&|c| format!("&#{};", u32::from(c)))),
        ("HTML, hexadecimal".into(), each(&|c| format!("&#x{:x};", u32::from(c)))),
        ("JSON".into(), serde_json::json!(value).to_string().trim_matches('"').to_owned()),
        (
            "JSON, ASCII".into(),
            each(&|c| {
                if c.is_ascii() {
                    serde_json::json!(c.to_string()).to_string().trim_matches('"').into()
                } else {
                    escaped(c)
                }
            }),
        ),
        ("JSON, all of it".into(), each(&escaped)),
        ("Rust".into(), value.escape_debug().to_string()),
    ];
    for apart in [" ", "-", ",", ", ", "\n", "\",\"", "\", \"", "','", "', '"] {
        texts.push((format!("split by {apart:?}"), value.chars().map(String::from).collect::<Vec<_>>().join(apart)));
    }
    let mut forms: Vec<_> = texts.into_iter().map(|(name, text)| (name, text.into_bytes(), true)).collect();
    for apart in ["", " ", ":", ", "] {
        forms.push((
            format!("hexadecimal {apart:?}"),
            bytes(&|byte| format!("{byte:02x}")).join(apart).into_bytes(),
            false,
        ));
        forms.push((
            format!("hexadecimal, capitals {apart:?}"),
            bytes(&|byte| format!("{byte:02X}")).join(apart).into_bytes(),
            false,
        ));
    }
    for apart in [",", ", "] {
        forms.push((format!("a list of bytes {apart:?}"), bytes(&u8::to_string).join(apart).into_bytes(), true));
    }
    forms.push(("UTF-16".into(), value.encode_utf16().flat_map(u16::to_le_bytes).collect(), false));
    forms.push(("UTF-16, big end first".into(), value.encode_utf16().flat_map(u16::to_be_bytes).collect(), false));
    for before in 0..3 {
        forms.push((format!("Base64 at {before}"), base64_at(&STANDARD, value, before), false));
        forms.push((format!("Base64 for addresses at {before}"), base64_at(&URL_SAFE, value, before), false));
    }
    forms
}

/// What of a Base64 text depends on the value alone, when this many bytes come before it.
fn base64_at(engine: &impl base64::Engine, value: &str, before: usize) -> Vec<u8> {
    let text = engine.encode([&vec![0; before], value.as_bytes()].concat());
    let from = (before * 8).div_ceil(6);
    let until = (before + value.len()) * 8 / 6;
    text.as_bytes()[from..until].to_vec()
}

fn encoded(c: char, mark: char, capitals: bool) -> String {
    let mut space = [0; 4];
    c.encode_utf8(&mut space)
        .bytes()
        .map(|byte| if capitals { format!("{mark}{byte:02X}") } else { format!("{mark}{byte:02x}") })
        .collect()
}

fn html(c: char) -> String {
    match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '"' => "&quot;".into(),
        '\'' => "&#39;".into(),
        c => c.into(),
    }
}

fn escaped(c: char) -> String {
    let mut space = [0; 2];
    c.encode_utf16(&mut space).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Where `needle` stands in `bytes`.
fn memmem(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let Some(&first) = needle.first() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(step) = bytes[from..].iter().position(|&byte| byte == first) {
        let at = from + step;
        if bytes[at..].starts_with(needle) {
            found.push(at);
        }
        from = at + 1;
    }
    found
}

fn stands_apart(bytes: &[u8], at: usize, length: usize) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !joins(at.checked_sub(1).and_then(|before| bytes.get(before))) && !joins(bytes.get(at + length))
}

/// The chunks of a PNG that hold something else than its pixels.
fn beside_pixels(png: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 8;
    while let Some(head) = png.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = String::from_utf8_lossy(&head[4..]).into_owned();
        if !matches!(kind.as_str(), "IHDR" | "PLTE" | "IDAT" | "IEND") {
            found.push(kind);
        }
        at += 12 + length;
    }
    if at != png.len() {
        found.push("after the end".into());
    }
    found
}

/// What the processes of a run show to every other process: command lines and environments, looked at again and again
/// while the run goes on.
pub struct Watch {
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    thread: JoinHandle<()>,
}

/// Every distinct command line and environment, with the program's name.
#[derive(Default)]
pub struct Seen {
    pub texts: HashMap<u64, (String, &'static str, Vec<u8>)>,
    pub looks: u32,
}

impl Watch {
    /// Watches the processes that name this folder.
    pub fn over(temporary: &Path) -> Self {
        let needle = temporary.as_os_str().as_encoded_bytes().to_vec();
        let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Seen::default())));
        let (ended, kept) = (Arc::clone(&over), Arc::clone(&seen));
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                look(&needle, &mut kept.lock().expect("the watch"));
                // A look at the processes cannot be waited for; twenty milliseconds is shorter than any of them lives.
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self { over, seen, thread }
    }

    pub fn end(self) -> Seen {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch");
        std::mem::take(&mut *self.seen.lock().expect("the watch"))
    }
}

impl Seen {
    /// What stands in them, each find with the program that shows it.
    pub fn hits(&self, secrets: &Secrets) -> Vec<String> {
        let all = self.texts.values();
        all.flat_map(|(program, file, text)| {
            secrets.hits(text).into_iter().map(move |hit| format!("{file} of {program}: {hit}"))
        })
        .collect()
    }

    /// How many distinct texts were seen, by program.
    pub fn programs(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (program, _, _) in self.texts.values() {
            *counts.entry(program.as_str()).or_default() += 1;
        }
        counts
    }
}

fn look(needle: &[u8], seen: &mut Seen) {
    seen.looks += 1;
    for entry in Path::new("/proc").read_dir().expect("/proc").flatten() {
        let path = entry.path();
        // A process may end while it is looked at.
        let (Ok(line), Ok(env)) = (fs::read(path.join("cmdline")), fs::read(path.join("environ"))) else { continue };
        if [&line, &env].iter().all(|text| memmem(text, needle).is_empty()) {
            continue;
        }
        let program = fs::read_to_string(path.join("comm")).unwrap_or_default().trim().to_owned();
        for (file, text) in [("the command line", line), ("the environment", env)] {
            let mut hasher = DefaultHasher::new();
            (&program, file, &text).hash(&mut hasher);
            seen.texts.entry(hasher.finish()).or_insert_with(|| (program.clone(), file, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{Secrets, Watch, forms};

    const CANARY: &str = "C4n&<\"'\\ry +%é€ 7";

    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        let folder = tempfile::tempdir().expect("a folder");
        for value in [CANARY, "19800131", "Esercizio.2024"] {
            let secrets = Secrets::default().with("canary", value);
            for (form, bytes, _) in forms(value) {
                let file = folder.path().join("planted");
                std::fs::write(&file, [b"before: ", bytes.as_slice(), b" :after"].concat()).expect("a file");
                assert!(!secrets.in_files(&[folder.path()]).is_empty(), "{value} as {form} was not found");
            }
            std::fs::write(folder.path().join("planted"), "nothing here: 119800131, 19800131a, esercizio")
                .expect("a file");
            assert_eq!(secrets.in_files(&[folder.path()]), Vec::<String>::new());
        }
    }

    #[test]
    fn a_number_inside_a_longer_one_is_another() {
        let secrets = Secrets::default().with("PIN", "19800131");
        assert!(secrets.hits(b"119800131 198001310 a19800131 19800131f").is_empty());
        assert_eq!(secrets.hits(b"\"19800131\""), ["PIN (raw)"]);
    }

    #[test]
    fn a_text_in_a_picture_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 1, 1);
        encoder.add_text_chunk("Comment".into(), "anything".into()).expect("a text");
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&[0])).expect("a picture");
        std::fs::write(folder.path().join("planted.png"), png).expect("a file");
        assert_eq!(Secrets::default().in_files(&[folder.path()]).len(), 1);
    }

    #[test]
    fn a_secret_that_a_process_shows_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Secrets::default().with("canary", CANARY);
        for (line, env) in [(CANARY, "x"), ("x", CANARY)] {
            let watch = Watch::over(folder.path());
            let mut child = Command::new("sh")
                .args(["-c", "read _line", line])
                .env("SHOWN", env)
                .env("TMPDIR", folder.path())
                .stdin(Stdio::piped())
                .spawn()
                .expect("a shell");
            while watch.seen.lock().expect("the watch").texts.is_empty() {
                std::thread::yield_now();
            }
            drop(child.stdin.take());
            child.wait().expect("its end");
            assert_eq!(watch.end().hits(&secrets).len(), 1);
        }
    }
}
