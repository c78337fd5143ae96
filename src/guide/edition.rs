//! An edition: one state of a guide's documents. Its manifest, `guide.json` beside them, says what they were made of, so that the
//! next one rewrites only what has changed, and readers are told what that is.

mod changes;
mod plan;
mod redaction;
mod section;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::changes::changes;
pub use self::plan::{Decided, Rewrite, Update, Why, drawn_by, file, gone, kept_print, picture, structure};
pub use self::redaction::redaction;
pub use self::section::{sections, show};

/// The version of the manifest's shape that this build reads and writes.
pub const FORMAT: u32 = 1;

/// The manifest's name.
pub const MANIFEST: &str = "guide.json";

/// The redaction report's name.
pub const REDACTION: &str = "redaction.md";

/// One state of a guide's documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// The version of this shape, [`FORMAT`].
    pub format: u32,
    /// The flow's name.
    pub flow: String,
    /// SHA-256 of the flow file as it was, hexadecimal.
    pub flow_digest: String,
    /// The task that the guide teaches.
    pub task: String,
    /// When and with what it was last found true.
    pub verified: Verification,
    /// The day of the edition before, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Date>,
    /// What its documents say, by language.
    pub texts: BTreeMap<String, Text>,
    /// Its pictures, in the order of the document.
    pub pictures: Vec<Picture>,
    /// Its other files.
    pub files: Vec<Made>,
}

/// When and with what a guide was found true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// The day, in the portal's zone.
    pub day: Date,
    /// `firefox` or `chromium`.
    pub browser: String,
    /// The browser's version.
    pub version: String,
    /// Which portal: its origin, or the practice portal's name.
    pub portal: String,
}

/// What the documents of one language say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// All that they say, section by section; without the day of verification and without what has changed.
    pub sections: Vec<Section>,
    /// What has changed since the edition before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Changed>,
}

/// A section of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What a link to it names; empty for what stands before the first heading.
    pub anchor: String,
    /// Its heading.
    pub title: String,
    /// What it says, one sentence, action or paragraph each.
    pub says: Vec<String>,
    /// The files of its pictures.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shows: Vec<String>,
}

/// What is different for readers since the edition before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Changed {
    /// A section is new.
    Added {
        /// Its anchor.
        anchor: String,
        /// Its heading.
        title: String,
    },
    /// A section is not there any more.
    Removed {
        /// Its heading as it was.
        title: String,
    },
    /// A section is called otherwise.
    Renamed {
        /// Its anchor.
        anchor: String,
        /// Its heading as it was.
        before: String,
        /// Its heading now.
        now: String,
    },
    /// A section says something else.
    Sentence {
        /// Its anchor.
        anchor: String,
        /// Its heading.
        title: String,
        /// What it said; nothing where the sentence is new.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        before: Option<String>,
        /// What it says; nothing where the sentence is gone.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        now: Option<String>,
    },
    /// A picture shows something else.
    Picture {
        /// The anchor of its section.
        anchor: String,
        /// That section's heading.
        title: String,
        /// The file of the picture as it was.
        before: String,
        /// The picture's file.
        now: String,
    },
}

/// A picture of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Its file, relative to the guide's folder.
    pub file: String,
    /// The shot it was made of.
    pub shot: String,
    /// It is a piece of a shot that has a picture of its own.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub piece: bool,
    /// What stands on the page and what is drawn over it, without what differs between holders and browsers: SHA-256.
    pub structure: String,
    /// The shot's file as the browser gave it: SHA-256.
    pub pixels: String,
    /// What was drawn over it, to the pixel, and by which version of this tool: SHA-256.
    pub drawing: String,
    /// What was replaced or painted over in it, by rule, and how often.
    pub replaced: BTreeMap<String, usize>,
    /// The file: SHA-256.
    pub digest: String,
}

/// Another file of an edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The file, relative to the guide's folder.
    pub file: String,
    /// Of what it was made, where its bytes do not tell: SHA-256 of the page that a browser printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// The file: SHA-256.
    pub digest: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditionError {
    /// A later version wrote it.
    #[error("it has format {0}, and this version of rinnova reads format {FORMAT}; update rinnova")]
    Newer(u64),
    /// It belongs to another guide.
    #[error("it belongs to the guide of `{found}`, not to that of `{wanted}`; name another folder")]
    Foreign {
        /// Whose it is: flow and task.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// It cannot be read.
    #[error("it is damaged: {0}; take it back from where it is kept, or move it away and make the guide anew")]
    Damaged(String),
}

impl Edition {
    /// Reads the manifest of this flow's guide for this task.
    ///
    /// # Errors
    /// When it is damaged, another guide's, or written by a later version.
    pub fn read(flow: &str, task: &str, text: &str) -> Result<Self, EditionError> {
        let damaged = |error: serde_json::Error| EditionError::Damaged(error.to_string());
        let value: Value = serde_json::from_str(text).map_err(damaged)?;
        // What is looked at first: a later format may have any other keys.
        match value.get("format").and_then(Value::as_u64) {
            None | Some(0) => return Err(EditionError::Damaged("it has no `format`".into())),
            Some(found) if found > u64::from(FORMAT) => return Err(EditionError::Newer(found)),
            Some(_) => {}
        }
        let edition: Self = serde_json::from_value(value).map_err(damaged)?;
        if (edition.flow.as_str(), edition.task.as_str()) != (flow, task) {
            let named = |flow: &str, task: &str| format!("{flow} {task}");
            let found = named(&edition.flow, &edition.task);
            return Err(EditionError::Foreign { found, wanted: named(flow, task) });
        }
        Ok(edition)
    }

    /// The manifest.
    ///
    /// # Panics
    /// Never: its types have a form in JSON.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("texts, numbers and lists");
        text.push('\n');
        text
    }

    /// The edition that follows this one with what a run has found, `next`, and with these pictures rewritten. While nothing is
    /// different for readers this one goes on: the day on which it was found true stays, and so does what had changed before it.
    #[must_use]
    pub fn followed_by(&self, mut next: Self, rewritten: &[Rewrite]) -> Self {
        let same = |(language, text): (&String, &Text)| {
            self.texts.get(language).is_none_or(|before| before.sections == text.sections)
        };
        let files = |edition: &Self| edition.pictures.iter().map(|picture| picture.file.clone()).collect::<Vec<_>>();
        let other = rewritten.iter().any(|rewrite| rewrite.why.is_seen());
        if !other && files(self) == files(&next) && next.texts.iter().all(same) {
            next.flow_digest.clone_from(&self.flow_digest);
            next.verified = self.verified.clone();
            next.since = self.since;
            for (language, text) in &mut next.texts {
                text.changes = self.texts.get(language).map(|before| before.changes.clone()).unwrap_or_default();
            }
            return next;
        }
        next.since = Some(self.verified.day);
        for (language, text) in &mut next.texts {
            let Some(before) = self.texts.get(language) else { continue };
            text.changes = changes(&before.sections, &text.sections, rewritten);
        }
        next
    }

    /// This edition with what `next` has more: languages and pictures. What is there stays.
    #[must_use]
    pub fn filled_up_by(&self, next: Self) -> Self {
        let mut filled = Self { files: Vec::new(), ..self.clone() };
        for (language, text) in next.texts {
            filled.texts.entry(language).or_insert(text);
        }
        for picture in next.pictures {
            match filled.pictures.iter_mut().find(|known| known.file == picture.file) {
                Some(known) => *known = picture,
                None => filled.pictures.push(picture),
            }
        }
        filled
    }

    /// The files of pictures as they were that its documents show.
    #[must_use]
    pub fn befores(&self) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        for change in self.texts.values().flat_map(|text| &text.changes) {
            if let Changed::Picture { before, .. } = change
                && !files.contains(before)
            {
                files.push(before.clone());
            }
        }
        files
    }

    /// What the manifest knows of a file: its digest.
    #[must_use]
    pub fn digest_of(&self, file: &str) -> Option<&str> {
        let pictures = self.pictures.iter().map(|picture| (&picture.file, &picture.digest));
        let mut files = pictures.chain(self.files.iter().map(|made| (&made.file, &made.digest)));
        files.find(|(name, _)| *name == file).map(|(_, digest)| digest.as_str())
    }
}

/// The file that keeps a picture as it was.
#[must_use]
pub fn before(file: &str) -> String {
    format!("{}-before.png", file.strip_suffix(".png").unwrap_or(file))
}

/// SHA-256, hexadecimal.
#[must_use]
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Changed, Edition, EditionError, FORMAT, Picture, Rewrite, Section, Text, Verification, Why, before};

    pub(super) fn section(anchor: &str, title: &str, says: &[&str]) -> Section {
        let says = says.iter().map(|text| (*text).to_owned()).collect();
        Section { anchor: anchor.into(), title: title.into(), says, shows: vec![format!("pictures/{anchor}.png")] }
    }

    pub(super) fn picture(shot: &str, digest: &str) -> Picture {
        Picture {
            file: format!("pictures/{shot}.png"),
            shot: shot.into(),
            piece: false,
            structure: "s".into(),
            pixels: "p".into(),
            drawing: "d".into(),
            replaced: [].into(),
            digest: digest.into(),
        }
    }

    pub(super) fn edition(sections: Vec<Section>, pictures: Vec<Picture>) -> Edition {
        Edition {
            format: FORMAT,
            flow: "mysign".into(),
            flow_digest: "f".into(),
            task: "renew".into(),
            verified: on("2026-03-02"),
            since: None,
            texts: [("it".to_owned(), Text { sections, changes: Vec::new() })].into(),
            pictures,
            files: Vec::new(),
        }
    }

    pub(super) fn rewrite(shot: &str, why: Why) -> Rewrite {
        Rewrite { file: format!("pictures/{shot}.png"), bytes: b"now".to_vec(), why, before: Some(b"before".to_vec()) }
    }

    fn on(day: &str) -> Verification {
        Verification {
            day: day.parse().expect("a day"),
            browser: "firefox".into(),
            version: "140".into(),
            portal: "practice".into(),
        }
    }

    #[test]
    fn a_manifest_says_the_same_when_read_back() {
        let mut edition = edition(vec![section("login", "1. Accedere", &["a"])], vec![picture("login", "1")]);
        edition.since = Some("2026-01-01".parse().expect("a day"));
        let changed =
            Changed::Sentence { anchor: "login".into(), title: "T".into(), before: None, now: Some("x".into()) };
        edition.texts.get_mut("it").expect("a text").changes.push(changed);
        assert_eq!(Edition::read("mysign", "renew", &edition.text()), Ok(edition));
    }

    #[test]
    fn a_manifest_that_cannot_be_used_is_told() {
        let good = edition(Vec::new(), Vec::new()).text();
        let read = |text: &str| Edition::read("mysign", "renew", text).expect_err("an error");
        assert_eq!(read(&good.replace("\"format\": 1", "\"format\": 7")), EditionError::Newer(7));
        let foreign = Edition::read("ncfr", "renew", &good).expect_err("an error").to_string();
        assert!(foreign.contains("the guide of `mysign renew`, not to that of `ncfr renew`"), "{foreign}");
        let unknown = good.replace("\"task\"", "\"tusk\"");
        let zero = good.replace("\"format\": 1", "\"format\": 0");
        for text in ["", "{", "[]", "{}", "null", r#"{"format": 1}"#, &zero, &unknown, &good[..good.len() / 2]] {
            assert!(matches!(read(text), EditionError::Damaged(_)), "{text}");
        }
    }

    #[test]
    fn while_nothing_is_different_for_readers_an_edition_goes_on() {
        let mut old = edition(vec![section("login", "1. Accedere", &["a"])], vec![picture("login", "1")]);
        old.since = Some("2026-01-01".parse().expect("a day"));
        let told = Changed::Removed { title: "x".into() };
        old.texts.get_mut("it").expect("a text").changes.push(told.clone());
        let mut next = edition(vec![section("login", "1. Accedere", &["a"])], vec![picture("login", "2")]);
        (next.verified, next.flow_digest) = (on("2026-09-09"), "g".into());
        next.texts
            .insert("en".into(), Text { sections: vec![section("login", "1. Sign in", &["a"])], changes: Vec::new() });
        let went_on = old.followed_by(next.clone(), &[rewrite("login", Why::Asked)]);
        assert_eq!((&went_on.verified, &went_on.since, went_on.flow_digest.as_str()), (&old.verified, &old.since, "f"));
        assert_eq!(
            (went_on.texts["it"].changes.as_slice(), went_on.texts["en"].changes.as_slice()),
            (&[told][..], &[][..])
        );
        // Once the page is another, a new edition begins, and what had changed before is told no more.
        let new = old.followed_by(next.clone(), &[rewrite("login", Why::Structure)]);
        assert_eq!((new.verified.clone(), new.since), (on("2026-09-09"), Some(old.verified.day)));
        let [Changed::Picture { before, now, .. }] = new.texts["it"].changes.as_slice() else { panic!("{new:?}") };
        assert_eq!((before.as_str(), now.as_str()), ("pictures/login-before.png", "pictures/login.png"));
        assert_eq!(new.befores(), ["pictures/login-before.png"]);
        // A sentence, too.
        next.texts.get_mut("it").expect("a text").sections[0].says[0] = "b".into();
        assert_eq!(old.followed_by(next, &[]).texts["it"].changes.len(), 1);
    }

    #[test]
    fn what_is_missing_is_filled_up_and_the_rest_stays() {
        let old =
            edition(vec![section("login", "1. Accedere", &["a"])], vec![picture("login", "1"), picture("old", "2")]);
        let mut next =
            edition(vec![section("login", "1. Entrare", &["b"])], vec![picture("login", "1"), picture("new", "3")]);
        next.verified = on("2026-09-09");
        next.texts.insert("en".into(), Text::default());
        let filled = old.filled_up_by(next);
        let files: Vec<&str> = filled.pictures.iter().map(|picture| picture.shot.as_str()).collect();
        assert_eq!((files, &filled.verified, filled.texts.len()), (vec!["login", "old", "new"], &old.verified, 2));
        assert_eq!(filled.texts["it"], old.texts["it"]);
    }

    #[test]
    fn the_picture_as_it_was_stands_beside_the_new_one() {
        assert_eq!(before("pictures/new-pin.png"), "pictures/new-pin-before.png");
    }
}
