//! The tables of a file: the flow and its parts, down to the stage.

use crate::flow::raw::locators::RawCondition;
use crate::flow::raw::read::{List, Map, RawTemplate};
use crate::flow::raw::steps::RawStep;

table! {
    /// A flow: how rinnova goes through one web portal.
    RawFlow = "flow" {
        /// The version of this format: `1`.
        format: must i64,
        /// The title people see, by language.
        title: must RawWords,
        /// The portal's origin, as `https://portal.example`; an account or `--portal` may replace it.
        portal: must String,
        /// Further origins where secrets may be typed.
        origins: may List<String>,
        /// The language the browser asks for pages in; bare texts of this file are in it.
        language: may String,
        /// The time zone in which the portal counts its days.
        timezone: may String,
        /// The values the holder supplies; they never stand in a flow file.
        inputs: may Map<RawInput>,
        /// The values read from the portal.
        outputs: may Map<RawOutput>,
        /// The named sequences of stages.
        task: must Map<RawTask>,
        /// When and how the certificate is renewed.
        renewal: may RawRenewal,
        /// The recognisable conditions of the portal.
        state: may List<RawState>,
        /// Banners and modals that may appear at any time.
        interrupt: may List<RawInterrupt>,
        /// What the instruction document says beside the stages.
        guide: may RawGuide,
        /// Who stands in the instruction document's pictures in the holder's place.
        persona: may RawPersona,
        /// The screens of the portal, as a reader sees them.
        stage: must List<RawStage>,
    }
}

table! {
    /// A value that the holder supplies.
    RawInput = "input" {
        /// What people call it.
        label: may RawWords,
        /// An invented value, for guides.
        example: may String,
        /// The value must never be seen.
        secret: may bool,
        /// A one-time code: asked for when it is needed, each used once.
        code: may bool,
        /// A regular expression that the whole value must match.
        pattern: may String,
        /// The value used when the holder supplies none; of a secret only another secret, `"${pin}"`.
        default: may RawTemplate,
    }
}

table! {
    /// A value read from the portal.
    RawOutput = "output" {
        /// The form in which the portal writes a date: `%d/%m/%Y`.
        date: may String,
    }
}

table! {
    /// A named sequence of stages.
    RawTask = "task" {
        /// The ids of its stages, in order; one may stand twice.
        stages: must List<String>,
    }
}

table! {
    /// When and how the certificate is renewed.
    RawRenewal = "renewal" {
        /// The task that renews.
        task: must String,
        /// The task that only reads.
        status: may String,
        /// The task entered when a renewal stands half done.
        resume: may String,
        /// How far a rehearsal goes.
        rehearse: may RawRehearse,
        /// The output that holds the expiry: renewed means that it moved forward by `gains`.
        expires: must String,
        /// The output that names the certificate: with the old expiry it makes each commit this one and no other.
        certificate: may String,
        /// What the page on which the expiry is read shows while no renewal stands half done.
        at_rest: may RawCondition,
        /// By how much the expiry moves at least: `2y`.
        gains: must String,
        /// How long before expiry the window opens: `90d`.
        opens: must String,
        /// How long before expiry the last renewable day is: `1d`.
        closes: must String,
        /// How long before expiry `renew` should act: `30d`; an account may change it.
        before: must String,
    }
}

table! {
    /// How far a rehearsal goes.
    RawRehearse = "rehearse" {
        /// The last stage a rehearsal enters: its locators are checked, nothing of it is sent.
        until: must String,
    }
}

table! {
    /// A recognisable condition of the portal.
    RawState = "state" {
        /// How a run that meets it ends.
        verdict: must String,
        /// Its evidence: what the page shows.
        when: must RawCondition,
        /// The tasks in which it holds; else those with a commit.
        tasks: may List<String>,
        /// The stages in which it holds; else all.
        stages: may List<String>,
        /// The portal's own words, for the guide.
        says: may String,
        /// What the reader should do.
        advice: may RawWords,
        /// It proves that the commit did not take place.
        refused: may bool,
    }
}

table! {
    /// A banner or modal that may appear at any time.
    RawInterrupt = "interrupt" {
        /// When it is there.
        when: must RawCondition,
        /// What sends it away.
        steps: must List<RawStep>,
    }
}

table! {
    /// What the instruction document says beside the stages.
    RawGuide = "guide" {
        /// What the reader will have done.
        purpose: may RawWords,
        /// What the reader must have at hand: a list, or lists by language.
        needs: may RawNeeds,
        /// How many minutes it takes.
        minutes: may i64,
        /// Whom to ask.
        contact: may RawWords,
    }
}

table! {
    /// Who stands in the instruction document's pictures in the holder's place.
    RawPersona = "persona" {
        /// Which texts are the holder's, beside those that are found by themselves: names, fiscal codes, dates and the like.
        rules: must List<RawRule>,
    }
}

table! {
    /// A text of the holder's and what stands there instead; the first rule that finds it decides.
    RawRule = "persona-rule" {
        /// The text itself: whole words in any case, or `/regex/i`, whose `^` and `$` are the ends of a line.
        text: may String,
        /// The label of the value, which follows on the same line or the next.
        after: may String,
        /// What stands there instead.
        is: must String,
    }
}

table! {
    /// One screen of the portal: some steps and one picture.
    RawStage = "stage" {
        /// Its id, which is also the picture's name: lower case letters, digits, hyphens.
        id: must String,
        /// What the reader does here.
        title: must RawWords,
        /// The guide's prose.
        guide: may RawWords,
        /// What is done, in order.
        steps: must List<RawStep>,
    }
}

/// Words for people: a bare text in the flow's language, or texts by language.
#[derive(Debug)]
pub(in crate::flow) enum RawWords {
    /// In the flow's language.
    Bare(String),
    /// By language.
    Tagged(Map<String>),
}

/// Lists of words by language.
#[derive(Debug)]
pub(in crate::flow) enum RawNeeds {
    /// In the flow's language.
    Bare(List<String>),
    /// By language.
    Tagged(Map<List<String>>),
}
