//! A guide from the browser to its files: the same whoever's account made it, and another exactly where the portal is.

#[path = "support/trial.rs"]
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use rinnova::exit::Verdict;
use rinnova::guide::edition::{Changed, Edition, MANIFEST};
use rinnova::practice::Portal::{self, MiaFirma};
use rinnova::settings::BrowserName::Chromium;

use trial::{Trial, flow};

/// Runs this holder's renewal with a persona and makes the guide of it, or checks it.
fn guide(trial: &Trial, portal: Portal, holder: &str, docs: &Path, more: &[&str]) -> Output {
    let ended = trial.launch(&trial.account(portal, holder), Chromium).with(&["--persona"]).go();
    ended.expect(Verdict::Renewed);
    let (flow, docs) = (flow(portal).display().to_string(), docs.display().to_string());
    let words = ["guide", &flow, "-o", &docs, "--from", "RUN", "--browser", "chromium"];
    ended.rinnova(&[&words[..], more].concat())
}

#[track_caller]
fn ended(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// All files of a guide.
fn files(docs: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let folders = [docs.to_owned(), docs.join("pictures")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    paths.map(|path| (path.strip_prefix(docs).expect("inside").to_owned(), fs::read(&path).expect("a file"))).collect()
}

#[test]
fn one_label_changes_its_picture_and_another_holder_nothing() {
    let trial = Trial::new();
    let docs = trial.path().join("docs");
    ended(&guide(&trial, MiaFirma, "u01", &docs, &[]), 0);
    let first = files(&docs);
    for ending in ["md", "html", "pdf", "docx"] {
        for language in ["it", "en"] {
            assert!(first.contains_key(Path::new(&format!("mysign.{language}.{ending}"))), "{language} {ending}");
        }
    }
    ended(&guide(&trial, MiaFirma, "u07", &docs, &["--check"]), 0);
    let trial = Trial::new();
    let mut knobs = trial.practice.knobs();
    knobs.drift.add("E1").expect("a change");
    trial.practice.set_knobs(knobs);
    let report = trial.path().join("check.html");
    let said = ended(&guide(&trial, MiaFirma, "u01", &docs, &["--check", "--html", &report.display().to_string()]), 5);
    assert!(said.contains("pictures/login.png: the page is built otherwise"), "{said}");
    assert!(fs::read_to_string(report).expect("a page").contains("pictures&#x2f;login.png"));
    assert_eq!(files(&docs), first, "a check writes nothing");
    ended(&guide(&trial, MiaFirma, "u07", &docs, &[]), 0);
    let second = files(&docs);
    let other = |(path, bytes): &(&PathBuf, &Vec<u8>)| first.get(*path) != Some(*bytes);
    let changed: BTreeSet<String> = second.iter().filter(other).map(|(path, _)| path.display().to_string()).collect();
    let pictures: Vec<&String> = changed.iter().filter(|file| file.starts_with("pictures/")).collect();
    assert_eq!(pictures, ["pictures/login-before.png", "pictures/login.png"]);
    assert_eq!(second[Path::new("pictures/login-before.png")], first[Path::new("pictures/login.png")]);
    let manifest = String::from_utf8(second[Path::new(MANIFEST)].clone()).expect("text");
    let edition = Edition::read("mysign", "renew", &manifest).expect("a manifest");
    for (language, text) in &edition.texts {
        let [Changed::Picture { anchor, now, .. }] = text.changes.as_slice() else { panic!("{:?}", text.changes) };
        assert_eq!((anchor.as_str(), now.as_str()), ("login", "pictures/login.png"), "{language}");
        let document = fs::read_to_string(docs.join(format!("mysign.{language}.md"))).expect("a document");
        assert!(document.contains("(pictures/login-before.png)"), "{document}");
    }
}
