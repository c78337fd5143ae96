//! The documents tell the truth: flows in them pass the lint, settings load, commands are ones the program has, tables
//! equal the program's own lists, and every file they name is there.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use regex::Regex;
use rinnova::cli::Cli;
use rinnova::exit::Verdict;
use rinnova::flow::load;
use rinnova::settings::{Layers, Settings};

const README: &str = include_str!("../README.md");
const DRIVERS: &str = include_str!("../geckodriver.md");
const CHANGES: &str = include_str!("../CHANGELOG.md");
const MAKEFILE: &str = include_str!("../Makefile");

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default());
    blocks.map(str::to_owned).collect()
}

/// The lines that are typed in the console blocks, without their comments.
fn commands(text: &str) -> Vec<String> {
    let blocks = blocks(text, "console");
    let lines = blocks.iter().flat_map(|block| block.lines()).filter_map(|line| line.strip_prefix("$ "));
    lines.map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned()).collect()
}

/// The rows of the first table under a heading: cells without the row of dashes and the head.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no `{heading}`"));
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn ticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn flows_pass_the_lint_and_settings_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut flows, mut settings) = (0, 0);
    for block in blocks(README, "toml") {
        if block.contains("[[stage]]") {
            let loaded = load::parse("README.md", &block).unwrap_or_else(|error| panic!("{}", error.render(false)));
            let warnings: Vec<String> =
                loaded.warnings.iter().map(|fault| fault.render(&loaded.flow.source, false)).collect();
            assert!(warnings.is_empty(), "{}", warnings.join("\n"));
            flows += 1;
        } else {
            let file = folder.path().join("rinnova.toml");
            std::fs::write(&file, &block).expect("written");
            let layers = Layers { files: vec![file], ..Layers::default() };
            let loaded = Settings::load(&layers).unwrap_or_else(|error| panic!("{error}\n{block}"));
            for account in &loaded.accounts {
                let flow = account.flow.strip_prefix(folder.path()).expect("a relative path");
                let flow = load::load(flow).unwrap_or_else(|error| panic!("{}", error.render(false))).flow;
                let unknown: Vec<_> = account.inputs.keys().filter(|name| flow.input(name).is_none()).collect();
                assert!(unknown.is_empty(), "{unknown:?}");
            }
            settings += 1;
        }
    }
    assert_eq!((flows, settings), (1, 3));
}

#[test]
fn every_command_is_one_that_the_program_has() {
    let mut seen = 0;
    for line in commands(README).iter().chain(&commands(DRIVERS)) {
        if let Some(target) = line.strip_prefix("make ") {
            assert!(MAKEFILE.contains(&format!("\n{target}:")), "{line}");
        } else if line.starts_with("rinnova ") {
            let parsed = Cli::try_parse_from(line.split_whitespace());
            assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|error| error.to_string()).unwrap_or_default());
            seen += 1;
        } else {
            let known = ["sudo apt-get ", "cargo install ", "geckodriver "];
            assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn the_table_of_verbs_is_the_programs() {
    let written: Vec<String> = table(README, "The verbs")
        .iter()
        .map(|row| ticked(&row[0])[0].split(' ').next().unwrap_or_default().to_owned())
        .collect();
    let command = Cli::command();
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(written, verbs);
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let mut written: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for row in table(README, "How a run ends") {
        written.insert(row[0].parse().expect("a code"), ticked(&row[1]));
    }
    let mut codes: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for verdict in Verdict::ALL {
        codes.entry(verdict.exit_code()).or_default().push(verdict.name().to_owned());
    }
    assert_eq!(written, codes);
}

#[test]
fn every_file_that_is_named_is_there() {
    let link = Regex::new(r"\]\(([^)#]+)\)").expect("a pattern");
    let path = Regex::new(r"`((?:src|flows|tests|benches|\.ci)/[A-Za-z0-9_./-]+)`").expect("a pattern");
    for (name, text) in [("README.md", README), ("geckodriver.md", DRIVERS), ("CHANGELOG.md", CHANGES)] {
        let links = link.captures_iter(text).map(|found| found[1].to_owned()).filter(|link| !link.contains("://"));
        let paths = path.captures_iter(text).map(|found| found[1].to_owned());
        for file in links.chain(paths) {
            assert!(Path::new(&file).exists(), "{name} names {file}");
        }
    }
}

#[test]
fn the_picture_is_small_and_the_variables_of_drivers_are_the_programs() {
    let picture = std::fs::metadata("flows/pictures/mysign-sign.png").expect("the picture");
    assert!(picture.len() < 150_000);
    for browser in rinnova::browser::installed::BROWSERS {
        let (program, driver) = rinnova::browser::installed::variables(browser);
        assert!(DRIVERS.contains(program) && DRIVERS.contains(driver), "{program}, {driver}");
    }
}
