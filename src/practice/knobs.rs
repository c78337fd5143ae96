//! The knobs: how the portals may be made to behave otherwise, without another line of code.

use serde::{Deserialize, Serialize};

use super::changes::Played;

/// How the portals behave (portals.md §1.3 to §1.5); every knob has a quiet default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each knob turns by itself")]
pub struct Knobs {
    /// Seconds by which the `Date` header is ahead of the clock (§1.3).
    pub date_skew_s: i64,
    /// Refuses a second signed request instead of taking it as another one (§1.3).
    pub strict: bool,
    /// Hides «PIN» and «Rinnovo» on the certificate page, so that only dates speak (§1.3).
    pub silent: bool,
    /// Seconds, 0 to 300, after which the mail about a renewal arrives (§1.3).
    pub mail_delay_s: u32,
    /// Adds the line `@127.0.0.1 #code` to each message (§1.3).
    pub sms_origin_bound: bool,
    /// B fills `codFisc` and `iut` of the second form by itself (§1.5).
    pub prefilled: bool,
    /// Cuts the connection after the second point of no return is committed (§1.4).
    pub result_lost: bool,
    /// A gives every field and button another id at each load (§1.4).
    pub random_ids: bool,
    /// Milliseconds that each answer of a portal waits.
    pub latency_ms: u64,
    /// B speaks ISO-8859-1 (§1.5).
    pub latin1: bool,
    /// Shows the cookie banner to a visitor who has not chosen yet (§1.3).
    pub cookie_banner: bool,
    /// Both portals are closed for maintenance (§1.3).
    pub maintenance: Maintenance,
    /// What the result page says in place of its own words, when the certificate is renewed; empty means its own (§1.6, D25).
    pub success_text: String,
    /// Days by which a new certificate outlives the old one, in place of its years: an authority that errs.
    pub issued_days: Option<i64>,
    /// Milliseconds after which the cookie banner comes over a page that is in use already.
    pub banner_delay_ms: u64,
    /// What the field of the PIN makes of what is typed (faults.md §5, F40).
    pub pin_field: PinField,
    /// What the fields of the new PIN make of it.
    pub new_pin_field: PinField,
    /// Asks for one consent more than ever before (F30).
    pub new_consent: bool,
    /// Answers 500 to every path that begins with this text; empty means never (§1.3).
    pub error_500: String,
    /// The changes of the portals that are played (§1.6).
    pub drift: Played,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            date_skew_s: 0,
            strict: false,
            silent: false,
            mail_delay_s: 0,
            sms_origin_bound: false,
            prefilled: true,
            result_lost: false,
            random_ids: false,
            latency_ms: 0,
            latin1: false,
            cookie_banner: true,
            maintenance: Maintenance::Off,
            success_text: String::new(),
            issued_days: None,
            banner_delay_ms: 0,
            pin_field: PinField::Password,
            new_pin_field: PinField::Password,
            new_consent: false,
            error_500: String::new(),
            drift: Played::default(),
        }
    }
}

impl Knobs {
    /// These knobs with some of them turned: a JSON object that names only what changes.
    ///
    /// # Errors
    ///
    /// When a name or a value is not one of ours; nothing is turned then.
    pub fn turned(&self, changes: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut all = serde_json::to_value(self)?;
        match (all.as_object_mut(), changes.as_object()) {
            (Some(all), Some(changes)) => all.extend(changes.clone()),
            _ => return Err(serde::de::Error::custom("an object of knobs is expected")),
        }
        serde_json::from_value(all)
    }
}

/// How a portal that is closed for maintenance answers (portals.md §1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// The portals are open.
    #[default]
    Off,
    /// As it should: 503 and `Retry-After: 3600`.
    Unavailable,
    /// As some real portals do: the same page under 200.
    WithStatus200,
}

/// What a field for a PIN is, and what it makes of the digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinField {
    /// It takes them as they are.
    #[default]
    Password,
    /// It is bound to a number, which has no leading zero.
    Number,
    /// The same, once the field is left.
    NumberWhenLeft,
    /// It has room for six.
    Short,
}

impl PinField {
    /// Its attributes in a page of portal B.
    pub(crate) fn attributes(self) -> &'static str {
        match self {
            Self::Password => r#"type="password""#,
            Self::Number => r#"type="number" oninput="if (this.value) this.value = Number(this.value)""#,
            Self::NumberWhenLeft => r#"type="number" onblur="if (this.value) this.value = Number(this.value)""#,
            Self::Short => r#"type="password" maxlength="6""#,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Knobs, Maintenance};
    use serde_json::json;

    #[test]
    fn only_what_is_named_turns() {
        let knobs = Knobs::default().turned(&json!({ "strict": true, "maintenance": "with_status200" }));
        let knobs = knobs.unwrap();
        assert!(knobs.strict && knobs.prefilled);
        assert_eq!(knobs.maintenance, Maintenance::WithStatus200);
    }

    #[test]
    fn an_unknown_knob_is_refused() {
        assert!(Knobs::default().turned(&json!({ "strikt": true })).is_err());
        assert!(Knobs::default().turned(&json!([1])).is_err());
    }
}
