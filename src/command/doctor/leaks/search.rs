//! The search for secrets: in every byte that a run leaves and in the processes it starts, in each form in which a value
//! may come back. Written apart from the redactor, so that the two cannot be wrong together.

use std::collections::BTreeMap;
use std::collections::hash_map::{DefaultHasher, HashMap};
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aho_corasick::AhoCorasick;

use super::forms::{Form, forms, is_number};

/// What must not be found, by the name under which a find is told.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    needles: Vec<Needle>,
    search: OnceLock<Option<AhoCorasick>>,
}

#[derive(Debug, Clone)]
struct Needle {
    told: String,
    bytes: Vec<u8>,
    /// A number stands for itself only where no further digit adjoins, and not in a digest, which may hold any digits.
    apart: bool,
}

impl Secrets {
    /// Adds a value in all its forms.
    pub fn add(&mut self, name: &str, value: &str) {
        let number = is_number(value);
        for Form { name: form, bytes, text } in forms(value) {
            let told = format!("{name} ({form})");
            if !bytes.is_empty() && !self.needles.iter().any(|needle| needle.bytes == bytes) {
                self.needles.push(Needle { told, bytes, apart: number && text });
            }
        }
        self.search = OnceLock::new();
    }

    /// The same, for a chain of them.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.add(name, value);
        self
    }

    /// How many forms are looked for.
    #[must_use]
    pub fn forms(&self) -> usize {
        self.needles.len()
    }

    /// What stands in these bytes.
    #[must_use]
    pub fn hits(&self, bytes: &[u8]) -> Vec<&str> {
        let built = || AhoCorasick::new(self.needles.iter().map(|needle| &needle.bytes)).ok();
        let Some(search) = self.search.get_or_init(built) else { return vec!["the search could not be built"] };
        let mut found = vec![false; self.needles.len()];
        for hit in search.find_overlapping_iter(bytes) {
            let place = hit.pattern().as_usize();
            found[place] |= !self.needles[place].apart || stands_apart(bytes, hit.start(), hit.end());
        }
        self.needles.iter().zip(found).filter(|(_, found)| *found).map(|(needle, _)| needle.told.as_str()).collect()
    }

    /// What stands in these files and in the files under these folders, and in their names. A picture may hold nothing but
    /// pixels.
    #[must_use]
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

/// Every file and folder under this one.
#[must_use]
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        found.push(entry.path());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files_under(&entry.path()));
        }
    }
    found
}

/// The shortest digest, in hexadecimal digits.
const DIGEST: usize = 32;

/// Whether no digit adjoins these but those of an escape, and they are no part of a digest.
fn stands_apart(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = (&bytes[..start], &bytes[end..]);
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let hexadecimal = |byte: &&u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let left = before.iter().rev().take(DIGEST).take_while(hexadecimal).count();
    let right = after.iter().take(DIGEST).take_while(hexadecimal).count();
    let digest = bytes[start..end].iter().all(u8::is_ascii_digit) && left + (end - start) + right >= DIGEST;
    let apart = digits == 0 || escape_ends(before);
    apart && !after.first().is_some_and(u8::is_ascii_digit) && !digest
}

/// Whether these bytes end in an escape: `%20` and `%2520` of an address, `=3D` of a mail, `\x20` and `\u0020` of a script.
fn escape_ends(bytes: &[u8]) -> bool {
    let after = |length: usize| {
        let (head, digits) = bytes.split_at(bytes.len().saturating_sub(length));
        digits.iter().all(u8::is_ascii_hexdigit).then_some(head)
    };
    let mut byte = after(2).unwrap_or_default();
    // However often it was encoded.
    while let Some(before) = byte.strip_suffix(b"25") {
        byte = before;
    }
    let ends = |length: usize, marks: [&[u8]; 2]| {
        after(length).is_some_and(|head| marks.into_iter().any(|mark| head.ends_with(mark)))
    };
    byte.ends_with(b"%") || ends(2, [b"=", b"\\x"]) || ends(4, [b"\\u", b"%u"])
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
#[derive(Debug)]
pub struct Watch {
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    thread: JoinHandle<()>,
}

/// Every distinct command line and environment, with the program's name.
#[derive(Debug, Default)]
pub struct Seen {
    /// By their digest: the program, which of the two it is, and the bytes.
    pub texts: HashMap<u64, (String, &'static str, Vec<u8>)>,
    /// How often it was looked.
    pub looks: u32,
}

impl Watch {
    /// Watches the processes that name this folder.
    #[must_use]
    pub fn over(temporary: &Path) -> Self {
        let names = AhoCorasick::new([temporary.as_os_str().as_encoded_bytes()]).ok();
        let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Seen::default())));
        let (ended, kept) = (Arc::clone(&over), Arc::clone(&seen));
        let thread = std::thread::spawn(move || {
            // Without it nothing is seen, which whoever asks takes for a failure.
            let Some(names) = names else { return };
            while !ended.load(Ordering::Relaxed) {
                look(&names, &mut kept.lock().unwrap_or_else(PoisonError::into_inner));
                // A look at the processes cannot be waited for; twenty milliseconds is shorter than any of them lives.
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self { over, seen, thread }
    }

    /// How many distinct texts were seen so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).texts.len()
    }

    /// Ends the watch; gives what it saw.
    #[must_use]
    pub fn end(self) -> Seen {
        self.over.store(true, Ordering::Relaxed);
        // A watch that failed has seen nothing, which whoever asks takes for a failure.
        let _failed = self.thread.join();
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seen {
    /// What stands in them, each find with the program that shows it.
    #[must_use]
    pub fn hits(&self, secrets: &Secrets) -> Vec<String> {
        let all = self.texts.values();
        all.flat_map(|(program, file, text)| {
            secrets.hits(text).into_iter().map(move |hit| format!("{file} of {program}: {hit}"))
        })
        .collect()
    }

    /// How many distinct texts were seen, by program.
    #[must_use]
    pub fn programs(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (program, _, _) in self.texts.values() {
            *counts.entry(program.as_str()).or_default() += 1;
        }
        counts
    }
}

fn look(names: &AhoCorasick, seen: &mut Seen) {
    seen.looks += 1;
    for entry in Path::new("/proc").read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        // A process may end while it is looked at; the environment of one that keeps it private is nobody's to see.
        let Ok(line) = fs::read(path.join("cmdline")) else { continue };
        let env = fs::read(path.join("environ")).unwrap_or_default();
        if !names.is_match(&line) && !names.is_match(&env) {
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

    use super::super::forms::forms;
    use super::{Secrets, Watch};

    const CANARY: &str = "C4n&<\"'\\ry +%é€ 7";

    #[test]
    fn a_planted_secret_is_found_in_every_form() {
        let folder = tempfile::tempdir().expect("a folder");
        for value in [CANARY, "19800131", "Esercizio.2024"] {
            let secrets = Secrets::default().with("canary", value);
            for form in forms(value) {
                let file = folder.path().join("planted");
                std::fs::write(&file, [b"before: ", form.bytes.as_slice(), b" :after"].concat()).expect("a file");
                assert!(!secrets.in_files(&[folder.path()]).is_empty(), "{value} as {} was not found", form.name);
            }
            std::fs::write(folder.path().join("planted"), "nothing here: 119800131, 198001310, esercizio")
                .expect("a file");
            assert_eq!(secrets.in_files(&[folder.path()]), Vec::<String>::new());
        }
    }

    #[test]
    fn a_number_inside_a_longer_one_is_another() {
        let secrets = Secrets::default().with("PIN", "19800131");
        assert!(secrets.hits(b"119800131 198001310 019800131").is_empty());
        assert!(secrets.hits(b"0a1b2c3d4e5f19800131a0b1c2d3e4f5").is_empty(), "a digest");
        for text in [
            r#""19800131""#,
            "pin19800131x",
            "%3D19800131",
            "%2219800131%22",
            "%252219800131%2522",
            "=3D19800131",
            r"\u003d19800131",
            r"\x2219800131",
            "a19800131f",
        ] {
            assert_eq!(secrets.hits(text.as_bytes()), ["PIN (raw)"], "{text}");
        }
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
            // Not by `vault::program`: it is to show what it is given.
            let mut child = Command::new("sh")
                .args(["-c", "read _line", line])
                .env("SHOWN", env)
                .env("TMPDIR", folder.path())
                .stdin(Stdio::piped())
                .spawn()
                .expect("a shell");
            while watch.count() == 0 {
                std::thread::yield_now();
            }
            drop(child.stdin.take());
            child.wait().expect("its end");
            assert_eq!(watch.end().hits(&secrets).len(), 1);
        }
    }
}
