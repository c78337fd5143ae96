//! Every practice account ends with the verdict of its row (portals.md §1.3), in both browsers, with exactly the effects
//! of that verdict in the portals' ledger and none of a decoy.
//!
//! All accounts run in Firefox and six in Chromium; with `RINNOVA_MATRIX=all` all run in both (`make matrix`).

#[path = "support/trial.rs"]
mod trial;

use std::fs;
use std::io::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rinnova::exit::Verdict;
use rinnova::practice::EffectKind::{self, CertificatoEmesso, LoginKo, LoginOk, OtpInviato, OtpOk, RichiestaFirmata};
use rinnova::practice::{AccountSummary, Portal};
use rinnova::record::Record;
use rinnova::settings::BrowserName::{self, Chromium, Firefox};
use sha2::{Digest as _, Sha256};

use trial::{Ended, Trial};

/// What one account must come to. The situations are told in portals.md §1.3.
struct Row {
    test: &'static str,
    portal: Portal,
    id: &'static str,
    verdict: Verdict,
    effects: &'static [EffectKind],
    /// The stages entered, as their pictures are named.
    stages: &'static [&'static str],
}

/// A renewal whose codes the portal sends: two of them.
const SENT: &[EffectKind] = &[LoginOk, OtpInviato, OtpOk, RichiestaFirmata, OtpInviato, OtpOk, CertificatoEmesso];
/// A renewal whose codes a device shows: none is sent.
const SHOWN: &[EffectKind] = &[LoginOk, OtpOk, RichiestaFirmata, OtpOk, CertificatoEmesso];
/// The second half of a renewal: nothing is signed again.
const RESUMED: &[EffectKind] = &[LoginOk, OtpInviato, OtpOk, CertificatoEmesso];
/// Looked at, and nothing else.
const SEEN: &[EffectKind] = &[LoginOk];
/// Refused at the door, once.
const REFUSED: &[EffectKind] = &[LoginKo];

const LOGIN: &[&str] = &["login"];
const CERTIFICATE: &[&str] = &["login", "certificate"];
const OPEN: &[&str] = &["login", "certificate", "home", "open"];
const SIGN: &[&str] = &["login", "certificate", "home", "open", "consents", "sign"];
const ALL_OF_A: &[&str] =
    &["login", "certificate", "home", "open", "consents", "sign", "new-pin", "activate", "done", "certificate-2"];
const REST_OF_A: &[&str] =
    &["login", "certificate", "certificate-2", "home", "resume", "new-pin", "activate", "done", "certificate-3"];
const ALL_OF_B: &[&str] = &["login", "certificate", "sms", "request", "sms-2", "complete", "certificate-2"];
const REST_OF_B: &[&str] = &["login", "certificate", "certificate-2", "sms", "complete", "certificate-3"];

/// The accounts that run in Chromium, too, when not all do: each portal's renewal, a device that shows codes, a
/// half-done one, and two refusals.
const ALWAYS_IN_CHROMIUM: [&str; 6] = ["a_u01", "a_u12", "a_u18", "b_u01", "b_u02", "b_u05"];

macro_rules! accounts {
    ($($test:ident: $portal:ident $id:literal $verdict:ident $effects:ident $stages:ident;)*) => {
        const ROWS: &[Row] = &[$(Row {
            test: stringify!($test),
            portal: Portal::$portal,
            id: $id,
            verdict: Verdict::$verdict,
            effects: $effects,
            stages: $stages,
        }),*];

        mod firefox {
            $(#[test] fn $test() { super::tried(stringify!($test), super::Firefox); })*
        }

        mod chromium {
            $(#[test] fn $test() { super::tried(stringify!($test), super::Chromium); })*
        }
    };
}

accounts! {
    a_u01: MiaFirma "u01" Renewed SENT ALL_OF_A;
    a_u02: MiaFirma "u02" Renewed SHOWN ALL_OF_A;
    a_u03: MiaFirma "u03" Renewed SHOWN ALL_OF_A;
    a_u04: MiaFirma "u04" NotDue SEEN CERTIFICATE;
    a_u05: MiaFirma "u05" Expired SEEN CERTIFICATE;
    a_u06: MiaFirma "u06" TooLate SEEN CERTIFICATE;
    a_u07: MiaFirma "u07" Renewed SENT ALL_OF_A;
    a_u08: MiaFirma "u08" NeedsPerson REFUSED LOGIN;
    a_u09: MiaFirma "u09" Locked REFUSED LOGIN;
    a_u10: MiaFirma "u10" PinLocked SEEN CERTIFICATE;
    a_u11: MiaFirma "u11" AlreadyRenewed SEEN CERTIFICATE;
    a_u12: MiaFirma "u12" Renewed RESUMED REST_OF_A;
    a_u13: MiaFirma "u13" NeedsPerson SEEN CERTIFICATE;
    a_u14: MiaFirma "u14" NotRenewable SEEN CERTIFICATE;
    a_u15: MiaFirma "u15" NeedsPerson ASKED_ON_THE_PHONE SIGN;
    a_u16: MiaFirma "u16" Suspended SEEN CERTIFICATE;
    a_u17: MiaFirma "u17" NeedsPerson SEEN OPEN;
    a_u18: MiaFirma "u18" Rejected REFUSED LOGIN;
    b_u01: FirmaRemota "u01" Renewed SENT ALL_OF_B;
    b_u02: FirmaRemota "u02" Renewed SHOWN ALL_OF_B;
    b_u03: FirmaRemota "u03" Renewed SHOWN ALL_OF_B;
    b_u04: FirmaRemota "u04" NotDue SEEN CERTIFICATE;
    b_u05: FirmaRemota "u05" Expired SEEN CERTIFICATE;
    b_u06: FirmaRemota "u06" TooLate SEEN CERTIFICATE;
    b_u07: FirmaRemota "u07" Renewed SENT ALL_OF_B;
    b_u08: FirmaRemota "u08" NeedsPerson REFUSED LOGIN;
    b_u09: FirmaRemota "u09" Locked REFUSED LOGIN;
    b_u10: FirmaRemota "u10" PinLocked SEEN CERTIFICATE;
    b_u11: FirmaRemota "u11" AlreadyRenewed SEEN CERTIFICATE;
    b_u12: FirmaRemota "u12" Renewed RESUMED REST_OF_B;
    b_u13: FirmaRemota "u13" NeedsPerson SEEN CERTIFICATE;
    b_u14: FirmaRemota "u14" NotRenewable SEEN CERTIFICATE;
    b_u16: FirmaRemota "u16" Suspended SEEN CERTIFICATE;
    b_u18: FirmaRemota "u18" Rejected REFUSED LOGIN;
}

/// The approval is asked for when the PIN was accepted; nothing is signed.
const ASKED_ON_THE_PHONE: &[EffectKind] = &[LoginOk, OtpInviato];

fn tried(test: &str, browser: BrowserName) {
    if left_out(test, browser) {
        return;
    }
    let row = ROWS.iter().find(|row| row.test == test).expect("a row");
    let trial = Trial::new();
    let before = trial.account(row.portal, row.id);
    let ended = trial.launch(&before, browser).go();
    let record = ended.expect(row.verdict);
    let after = trial.account(row.portal, row.id);
    assert_eq!(trial.effects(&before), row.effects, "{ended}");
    assert_eq!(trial.practice.ledger().len(), row.effects.len(), "others were touched: {:?}", trial.practice.ledger());
    assert_eq!(trial.practice.decoys(), []);
    assert!(trial.practice.leaks().is_empty(), "something reached the third origin");
    let stages: Vec<&str> = record.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(stages, row.stages, "{ended}");
    pictures_are_there(&record, &ended);
    if row.verdict == Verdict::Renewed {
        // Three years from the day of issue, which need not be the day on which the run began.
        let issue = trial.practice.ledger().into_iter().find(|effect| effect.effect == EffectKind::CertificatoEmesso);
        let issued = issue.expect("an issue").time.to_zoned(TimeZone::get("Europe/Rome").expect("a zone")).date();
        let since = if row.portal == Portal::MiaFirma { issued } else { before.expires };
        renewed(&record, &before, &after, since.checked_add(3.years()).expect("a day"));
    } else {
        assert_eq!(before, after, "something changed");
    }
}

/// The new expiry is the one that the portal's rule gives, the record has read it, and the certificate is another one.
fn renewed(record: &Record, before: &AccountSummary, after: &AccountSummary, expires: Date) {
    assert_eq!(after.expires, expires);
    assert_eq!(after.renewals, before.renewals + 1);
    assert_ne!(after.iut, before.iut);
    let read = |output: &str| -> Vec<&str> {
        record.outputs[output].iter().map(|reading| reading.value.as_str().expect("a text")).collect()
    };
    let first_and_last = |values: Vec<&str>| (values[0].to_owned(), values[values.len() - 1].to_owned());
    assert_eq!(first_and_last(read("expires")), (before.expires.to_string(), expires.to_string()));
    assert_eq!(first_and_last(read("iut")), (before.iut.clone(), after.iut.clone()));
}

/// Each stage entered has a picture of its own, whole and of the size of the window, and there is a report.
fn pictures_are_there(record: &Record, ended: &Ended) {
    for stage in &record.stages {
        assert!(!stage.shots.is_empty(), "no picture of {}", stage.name);
        for shot in &stage.shots {
            assert_eq!(shot.withheld, None, "{}", shot.name);
            let file = shot.file.as_ref().expect("a file");
            let png = fs::read(ended.paths.out.join(file)).expect("the picture");
            let digest: String = Sha256::digest(&png).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, shot.digest, "{file}");
            let picture = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("a PNG");
            assert_eq!((picture.info().width, picture.info().height), (shot.width, shot.height), "{file}");
            assert_eq!((shot.width, shot.height), (1280, 800), "{file}");
        }
    }
    let report = fs::read_to_string(ended.paths.out.join("report.html")).expect("a report");
    assert!(report.contains(record.verdict.name()) && report.len() > 10_000, "the report is short: {}", report.len());
}

fn left_out(test: &str, browser: BrowserName) -> bool {
    let all = std::env::var("RINNOVA_MATRIX").is_ok_and(|wish| wish == "all");
    browser == Chromium && !all && !ALWAYS_IN_CHROMIUM.contains(&test)
}

/// What is left out is said aloud: past the test runner, which swallows what passing tests print.
#[test]
fn what_is_left_out() {
    let named: Vec<&str> = ROWS.iter().map(|row| row.test).filter(|test| left_out(test, Chromium)).collect();
    assert_eq!(ROWS.len(), 34);
    assert!(named.is_empty() || named.len() == 28, "{named:?}");
    if !named.is_empty() {
        let text = format!("\nleft out in Chromium without RINNOVA_MATRIX=all: {}\n", named.join(" "));
        std::io::stderr().write_all(text.as_bytes()).expect("standard error");
    }
}

/// The table and the portals agree on what a sound tool should make of each account.
#[test]
fn the_rows_are_the_portals_own() {
    let trial = Trial::new();
    let accounts = trial.practice.accounts();
    assert_eq!(accounts.len(), ROWS.len());
    for account in accounts {
        let row = ROWS.iter().find(|row| row.portal == account.portal && row.id == account.id).expect("a row");
        assert_eq!(account.verdict, row.verdict.name(), "{}", row.test);
    }
}
