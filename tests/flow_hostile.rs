//! Files made to hurt: whatever stands in them, the answer is an error in bounded time, at a place in the text.

use std::fmt::Write;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, any, proptest};
use rinnova::flow::load::{LoadError, Loaded, load, parse, parse_bytes};
use rinnova::flow::schema;

const GOOD: &str = include_str!("flows/ok/mysign.toml");

/// Checks a text, and that every place that is named lies in it.
fn check(text: &str) -> Result<Loaded, LoadError> {
    let checked = parse("hostile.toml", text);
    match &checked {
        Ok(loaded) => {
            for fault in &loaded.warnings {
                assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
                assert!(!fault.render(&loaded.flow.source, false).is_empty());
            }
        }
        Err(error) => {
            if let LoadError::Faults(faults) = error {
                assert!(!faults.list().is_empty());
                for fault in faults.list() {
                    assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
                }
            }
            assert!(error.render(true).len() < 1_000_000);
        }
    }
    checked
}

/// Nanoseconds of processor time that this thread has had (proc(5), `schedstat`, its first field): other work on the machine
/// does not make them more.
fn worked() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel's account of this thread");
    told.split(' ').next().and_then(|field| field.parse().ok()).expect("nanoseconds")
}

/// Refused, within a time that a person does not notice.
fn refused(what: &str, text: &str) -> String {
    let begun = worked();
    let error = check(text).err().unwrap_or_else(|| panic!("{what} is taken"));
    let said = error.render(false);
    let took = Duration::from_nanos(worked() - begun);
    assert!(took < Duration::from_secs(10), "{what}: {took:?}");
    said
}

fn with_step(step: &str) -> String {
    GOOD.replace("{ open = \"/\" },", &format!("{{ open = \"/\" }},\n  {step},"))
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{ a = ", "}"), ("[{ a = ", "}]")] {
        let deep = open.repeat(10_000) + "1" + &close.repeat(10_000);
        refused("nesting", &format!("{GOOD}\nx = {deep}"));
        refused("nesting in a step", &with_step(&format!("{{ click = {deep} }}")));
        refused("open nesting", &format!("x = {}", open.repeat(10_000)));
    }
    refused("dotted keys", &format!("{} = 1", vec!["a"; 10_000].join(".")));
    refused("headers", &format!("[{}]", vec!["a"; 10_000].join(".")));
    refused(
        "groups of a regular expression",
        &with_step(&format!("{{ expect = '/{}a{}/' }}", "(".repeat(3000), ")".repeat(3000))),
    );
}

#[test]
fn large_things() {
    let long = "a".repeat(1_000_000);
    refused("a long text", &with_step(&format!("{{ click = \"{long}\" }}")));
    refused("a long key", &format!("{long} = 1"));
    refused("a long reference", &with_step(&format!("{{ fill = \"a\", with = \"${{{}}}\" }}", &long[..9000])));
    refused("many references", &with_step(&format!("{{ fill = \"a\", with = \"{}\" }}", "${a}".repeat(2400))));
    refused("many misplaced references", &with_step(&format!("{{ expect = \"{}\" }}", "${a}".repeat(2400))));
    let mut keys = String::new();
    for number in 0..100_000 {
        writeln!(keys, "key{number} = {number}").expect("a string");
    }
    let said = refused("many keys", &keys);
    assert!(said.contains("more\n") && said.lines().count() < 1000, "{}", said.lines().count());
    let wide = with_step(&format!(
        "{{ click = {{ {} }} }}",
        (0..50_000).map(|n| format!("k{n} = 1")).collect::<Vec<_>>().join(", ")
    ));
    refused("many keys of a locator", &wide);
    refused("a large file", &format!("# {long}{long}{long}"));
}

#[test]
fn regex_bombs() {
    for bomb in
        ["(a{1000}){1000}", "((a{100}){100}){100}", r"(\w{1000}){1000}", "a{1000}{1000}{1000}", "(.{1,1000}){1,1000}"]
    {
        refused(bomb, &with_step(&format!("{{ expect = '/{bomb}/' }}")));
        refused(bomb, &with_step(&format!("{{ read = 'iut', from = 'IUT', pattern = '({bomb})' }}")));
    }
}

#[test]
fn strange_bytes() {
    refused("a NUL", &GOOD.replace("Accedere", "Acce\0dere"));
    refused("a NUL outside", &GOOD.replace("[outputs]", "\0[outputs]"));
    for (bytes, line) in [(b"a = 1\n\xff".to_vec(), "line 2"), (b"\xed\xa0\x80".to_vec(), "line 1")] {
        let said = parse_bytes("hostile.toml", bytes).expect_err("no text").render(false);
        assert!(said.contains("not UTF-8") && said.contains(line), "{said}");
    }
    assert!(check(&format!("\u{feff}{GOOD}")).is_ok());
    assert!(check(&GOOD.replace('\n', "\r\n")).is_ok());
    let said = refused("a fault after a mark", &format!("\u{feff}formt = 1\n{GOOD}"));
    assert!(said.contains("hostile.toml:1:1\n1 | formt = 1\n  | ^^^^^"), "{said}");
    assert!(
        load(std::path::Path::new("no/such/flow.toml")).expect_err("no file").render(false).contains("cannot read")
    );
    refused("nothing", "");
}

#[test]
fn faults_are_counted_beyond_what_is_shown() {
    let text = with_step(&vec!["{ clik = \"a\" }"; 150].join(",\n  "));
    let said = refused("many faults", &text);
    assert!(said.ends_with("… and 50 more\n\n150 errors in hostile.toml\n"), "{}", &said[said.len() - 100..]);
}

#[test]
fn a_secret_in_a_file_is_not_printed() {
    for step in ["{ fill = 'Password', with = 'hunter2XY' }", "{ fill = 'Numero', with = 'hunter2XY' }"] {
        let text = with_step(step);
        let said = match check(&text) {
            Ok(loaded) => loaded.warnings.iter().map(|fault| fault.render(&loaded.flow.source, false)).collect(),
            Err(error) => error.render(false),
        };
        assert!(!said.is_empty() && !said.contains("hunter2XY"), "{said}");
    }
    let said = refused("a user", &GOOD.replace("https://mysign", "https://me:hunter2@mysign"));
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn five_thousand_steps_are_checked_at_once() {
    let step = "{ click = { button = \"Conferma\", exact = true, within = { dialog = \"Rinnova firma\" } } },\n  { expect = \"Fatto\" }";
    let text = with_step(&vec![step; 2500].join(",\n  "));
    let begun = worked();
    let loaded = check(&text).unwrap_or_else(|error| panic!("{}", error.render(false)));
    let took = Duration::from_nanos(worked() - begun);
    assert!(loaded.flow.stages[0].steps.len() > 5000);
    let most = if cfg!(debug_assertions) { Duration::from_secs(2) } else { Duration::from_millis(100) };
    println!("5,000 steps: {took:?}");
    assert!(took < most, "{took:?}");
    assert!(worked() > 0, "the kernel keeps no account here");
    let said = refused("too many steps", &with_step(&vec![step; 5001].join(",\n  ")));
    assert!(said.contains("more than 10000 steps"), "{said}");
}

/// Puts something into a text at any place, over so many characters.
fn mutated(at: usize, over: usize, piece: &str) -> String {
    let starts: Vec<usize> = GOOD.char_indices().map(|(at, _)| at).collect();
    let from = starts[at % starts.len()];
    let to = starts.get(at % starts.len() + over).copied().unwrap_or(GOOD.len());
    [&GOOD[..from], piece, &GOOD[to..]].concat()
}

const PIECES: [&str; 24] = [
    "",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "${",
    "}",
    "/",
    "(",
    "\\",
    "\0",
    "\u{202e}",
    "è",
    "0",
    "true",
    "[[stage]]\n",
    "steps",
    "when",
    "#",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_never_panics(at in any::<usize>(), over in 0..40_usize, piece in 0..PIECES.len()) {
        drop(check(&mutated(at % 1_000_000, over, PIECES[piece])));
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        drop(check(&text));
        drop(check(&with_step(&text)));
        drop(check(&with_step(&format!("{{ expect = '''/{text}/i''' }}"))));
        drop(check(&with_step(&format!("{{ fill = 'a', with = '''{text}''' }}"))));
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(parse_bytes("hostile.toml", bytes));
    }
}

#[test]
fn the_schema_is_made_without_a_panic() {
    assert!(schema::text().len() > 1000);
}
