//! The house's invariants, kept by reading its source: who may import whom, which crates and which powers belong to which
//! folder, and what never stands in a file. The rules are data; what breaks one is told with file and line.

use std::fs;
use std::path::Path;

use regex::Regex;

/// The floors, lowest first. A module imports only from floors below its own, and from itself.
const FLOORS: [&[&str]; 10] = [
    &["exit", "failpoint", "locator", "program", "secret", "source"],
    &["record", "settings", "stop"],
    &["event", "vault"],
    &["browser", "flow", "otp"],
    &["drift"],
    &["guide"],
    &["practice", "report", "runner", "store"],
    &["notify", "renewal"],
    &["cli"],
    &["command"],
];

/// Stand apart: they know nothing of the rest of the house.
const ALONE: [&str; 1] = ["practice"];

const SERIALISED: &str =
    "only the record, the drift's changes and a guide's manifest are kept as data, under a format number";

const WRITES: &str = "only store/ writes files";

/// A crate or a power, and the only places that may have it.
const OWNED: [(&str, &[&str], &str); 11] = [
    (r"\bfantoccini::", &["src/browser/"], "only browser/ knows fantoccini"),
    (r"\btotp_rs::", &["src/otp/"], "only otp/ knows totp-rs"),
    (r"(^|[^:\w])config::", &["src/settings.rs"], "only settings.rs knows config"),
    (
        r"\btoml::",
        &["src/flow/raw.rs", "src/flow/raw/", "src/drift/baseline.rs"],
        "only flow/raw knows a flow's TOML shape, and the baseline its own",
    ),
    (r"\b(toml_edit|similar)::", &["src/drift/patch.rs", "src/drift/patch/"], "only drift/patch edits a flow's text"),
    (r"\brusqlite::", &["src/store/"], "only store/ knows SQLite"),
    (r"\baxum::", &["src/practice/", "src/otp/form.rs"], "only practice/ and the form for codes serve"),
    (
        r"\bCommand::new\(",
        &["src/vault/program.rs", "src/program.rs"],
        "programs are started where no secret is handed on",
    ),
    (
        r"\.expose\(\)",
        &["src/browser/page.rs", "src/otp/", "src/vault/", "src/notify/email.rs", "src/notify/webhook.rs"],
        "secrets are exposed where they are typed, kept, computed and handed to the owner's own servers",
    ),
    (
        r"\bfs::(write|rename|copy|create_dir|remove_|set_permissions|hard_link)|\bFile::create|\bOpenOptions\b|\bDirBuilder::|\btempfile::",
        &["src/store/", "src/browser/", "src/practice/"],
        WRITES,
    ),
    (
        r"derive\([^)]*\bSerialize\b",
        // Beside the two: the record's own parts, questions to the page, and a template's values; none of them is kept.
        &[
            "src/record.rs",
            "src/record/",
            "src/event.rs",
            "src/store/folder.rs",
            "src/drift/",
            "src/exit.rs",
            "src/locator.rs",
            "src/browser/",
            "src/report/",
            "src/guide/edition.rs",
            "src/practice/",
        ],
        SERIALISED,
    ),
];

/// Values in, text out: nothing of the machine is asked or changed.
const PURE: [&str; 3] = ["src/report/", "src/guide/", "src/drift/"];

/// What a pure folder does not use.
const POWERS: &str = r"\bstd::(fs|env|process|net|thread)\b|\btokio::|\bprintln!|\beprintln!|\bprint!|\beprint!";

/// Names that say nothing of what is in a file.
const NAMES: [&str; 10] =
    ["common", "consts", "errors", "helper", "helpers", "imp", "misc", "prelude", "types", "utils"];

struct Source {
    path: String,
    /// Line by line, comments blanked out and the unit tests cut off: the text as the rules see it.
    lines: Vec<String>,
    whole: String,
}

impl Source {
    fn module(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        let name = rest.split(['/', '.']).next()?;
        (!matches!(name, "lib" | "main")).then_some(name)
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.starts_with("benches/")
            || self.path.starts_with("src/practice/trial")
    }
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        walk(Path::new(folder), &mut files);
    }
    let read = |path: String| {
        let whole = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let code = whole.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let blank = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
        Source { lines: code.lines().map(blank).collect(), path, whole }
    };
    let mut sources: Vec<Source> =
        files.into_iter().filter(|path| Path::new(path).extension().is_some_and(|end| end == "rs")).map(read).collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 100, "the source is read from the package's folder");
    sources
}

fn walk(folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        // What the benches fetch for comparison is not ours.
        if path.is_dir() && !path.ends_with("node_modules") {
            walk(&path, files);
        } else {
            files.push(path.display().to_string());
        }
    }
}

/// Fails with every breach.
fn judge(breaches: &[(String, String)], rule: &str) {
    let told: Vec<String> = breaches.iter().map(|(place, what)| format!("{place}: {what}")).collect();
    assert!(told.is_empty(), "{rule}:\n{}", told.join("\n"));
}

/// Every line of ours that matches.
fn matching(sources: &[Source], pattern: &str, may: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let ours = sources.iter().filter(|source| !source.is_test() && !may(&source.path));
    let lines = ours.flat_map(|source| source.lines.iter().enumerate().map(move |(at, line)| (source, at + 1, line)));
    lines
        .filter(|(_, _, line)| pattern.is_match(line))
        .map(|(source, at, line)| (format!("{}:{at}", source.path), line.trim().to_owned()))
        .collect()
}

#[test]
fn imports_go_down() {
    let floor = |module: &str| FLOORS.iter().position(|floor| floor.contains(&module));
    let path = Regex::new(r"\bcrate::([a-z_]+)").expect("a pattern");
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let Some(module) = source.module() else { continue };
        let Some(own) = floor(module) else {
            breaches.push((source.path.clone(), format!("`{module}` stands on no floor")));
            continue;
        };
        for (at, line) in source.lines.iter().enumerate() {
            for found in path.captures_iter(line) {
                let other = &found[1];
                let down = floor(other).is_some_and(|other| other < own) && !ALONE.contains(&module);
                if other != module && !down {
                    breaches.push((format!("{}:{}", source.path, at + 1), line.trim().to_owned()));
                }
            }
        }
    }
    judge(&breaches, "imports go down");
}

#[test]
fn nothing_is_imported_in_the_dark() {
    let sources = sources();
    judge(&matching(&sources, r"\buse\b.*(::\*|\bprelude\b)", |_| false), "no `super::*`, no prelude");
    let handed = Regex::new(r"^\s*pub(?:\([a-z]+\))? use ([a-z_]+)").expect("a pattern");
    let mut breaches = Vec::new();
    for source in &sources {
        for (at, line) in source.lines.iter().enumerate() {
            let Some(from) = handed.captures(line).map(|found| found[1].to_owned()) else { continue };
            if from != "self" && !source.lines.iter().any(|line| line.trim() == format!("mod {from};")) {
                breaches.push((format!("{}:{}", source.path, at + 1), line.trim().to_owned()));
            }
        }
    }
    judge(&breaches, "a module hands out only its own");
}

#[test]
fn file_names_say_what_is_inside() {
    let mut files = Vec::new();
    walk(Path::new("src"), &mut files);
    let named = |path: &&String| {
        Path::new(path).file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| NAMES.contains(&stem))
    };
    let breaches: Vec<_> = files.iter().filter(named).map(|path| (path.clone(), "another name".to_owned())).collect();
    judge(&breaches, "file names");
}

#[test]
fn crates_and_powers_have_their_place() {
    let sources = sources();
    for (pattern, places, rule) in OWNED {
        judge(&matching(&sources, pattern, |path| places.iter().any(|place| path.starts_with(place))), rule);
    }
}

#[test]
fn reports_are_pure() {
    let sources = sources();
    judge(&matching(&sources, POWERS, |path| !PURE.iter().any(|place| path.starts_with(place))), "reports are pure");
}

#[test]
fn every_module_says_what_it_is() {
    let bare = |source: &&Source| !source.whole.starts_with("//! ");
    let breaches: Vec<_> =
        sources().iter().filter(bare).map(|source| (source.path.clone(), "no `//!` at its head".to_owned())).collect();
    judge(&breaches, "every module has its paragraph");
}

#[test]
fn nothing_is_left_undone() {
    // Put together here, so that this file does not hold them.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["db", "g!("], ["unimpl", "emented!("], ["to", "do!("]]
        .map(|parts| parts.concat());
    judge(&mentions(&words, |_| true), "nothing is left undone");
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    let places = [["/ro", "ot/"], ["/wo", "rk/"], ["/Us", "ers/"], ["crates", ".io"], ["npm", "js"], ["py", "pi.org"]];
    judge(&mentions(&places.map(|parts| parts.concat()), |file| file != "Cargo.lock"), "no machine, no registry");
}

/// Where one of these words stands in any text of ours.
fn mentions(words: &[String], of: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut files: Vec<String> =
        ["Cargo.toml", "Makefile", ".ci/run", "README.md", "geckodriver.md", "CHANGELOG.md"].map(str::to_owned).into();
    for folder in ["src", "tests", "flows", "benches"] {
        walk(Path::new(folder), &mut files);
    }
    let mut breaches = Vec::new();
    for path in files.iter().filter(|path| of(path.as_str())) {
        let Ok(text) = fs::read_to_string(path) else { continue };
        for (at, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                breaches.push((format!("{path}:{}", at + 1), format!("`{word}`")));
            }
        }
    }
    breaches
}
