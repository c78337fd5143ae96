//! Every file of `tests/flows`: those in `ok` check cleanly, those in `bad` give exactly the text beside them.
//! `RINNOVA_BLESS=1` rewrites the texts.

use std::fs;
use std::path::{Path, PathBuf};

use rinnova::flow::load::parse_bytes;

fn flows(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

/// What is said of a file: its errors, or its warnings.
fn said(path: &Path) -> String {
    match parse_bytes(&name(path), fs::read(path).expect("readable")) {
        Ok(loaded) => loaded.warnings.iter().map(|fault| fault.render(&loaded.flow.source, false) + "\n").collect(),
        Err(error) => error.render(false),
    }
}

#[test]
fn good_files_check_cleanly() {
    for path in flows("ok").into_iter().chain(flows("../../flows")) {
        let said = said(&path);
        assert!(said.is_empty(), "{}:\n{said}", path.display());
    }
}

/// The plan of a flow: every stage with its steps in words.
fn plan(path: &Path) -> String {
    let loaded = parse_bytes(&name(path), fs::read(path).expect("readable")).expect("a good flow");
    let mut plan = String::new();
    for stage in &loaded.flow.stages {
        plan = format!("{plan}{} | {}\n", stage.id, stage.title.get("en").unwrap_or_default());
        for step in &stage.steps {
            let commit = step.commit.as_ref().map_or_else(String::new, |commit| format!(" ! {commit}"));
            plan = format!("{plan}  {} | {}{commit}\n", step.sentence("it"), step.sentence("en"));
        }
    }
    plan
}

#[test]
fn good_files_mean_what_the_plan_beside_them_says() {
    for path in flows("ok") {
        let beside = path.with_extension("plan");
        if std::env::var_os("RINNOVA_BLESS").is_some() {
            fs::write(&beside, plan(&path)).expect("writable");
        }
        assert_eq!(plan(&path), fs::read_to_string(&beside).unwrap_or_default(), "{}", path.display());
    }
}

#[test]
fn bad_files_say_exactly_what_is_wrong() {
    let bless = std::env::var_os("RINNOVA_BLESS").is_some();
    let mut wrong = String::new();
    for folder in ["bad", "doubtful"] {
        for path in flows(folder) {
            let beside = path.with_extension("err");
            let said = said(&path);
            assert!(!said.is_empty(), "{}: nothing is said", path.display());
            if bless {
                fs::write(&beside, &said).expect("writable");
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if said != expected {
                wrong = format!("{wrong}{}\nexpected:\n{expected}\nsaid:\n{said}\n", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
