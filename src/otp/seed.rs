//! Seeds as people paste them, checked for what `totp-rs` would panic on (faults.md §3.2); and the codes computed from a seed
//! and the time (RFC 6238).

use std::time::Duration;

use totp_rs::{Algorithm, Builder, Totp};
use url::Url;

use crate::secret::Secret;
use crate::vault::Redactor;

/// A code that lives no longer than this is not begun with: it must reach the portal, too.
const MARGIN_MS: u64 = 8_000;

/// The highest counter taken from an address. The state keeps steps as signed numbers, in which a higher one would be the
/// lowest of all, and a code would be given out twice.
const HIGHEST: u64 = 1 << 53;

/// Why a text is no seed. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Not Base32.
    #[error("is not Base32: letters A to Z and digits 2 to 7 are wanted, or an `otpauth://…` address")]
    NotBase32,
    /// An address that is broken or holds no seed.
    #[error("is an `otpauth` address without a readable `secret`")]
    NoSecret,
    /// Counted codes where timed ones are wanted.
    #[error("is an `otpauth://hotp` address; write it under `hotp` in place of `totp`")]
    Counted,
    /// Timed codes where counted ones are wanted.
    #[error("is an `otpauth://totp` address; write it under `totp` in place of `hotp`")]
    Timed,
    /// So many digits cannot be shown.
    #[error("asks for codes of another length than 6 to 8 digits")]
    Digits,
    /// A step that is none.
    #[error("asks for a period outside 1 to 300 seconds")]
    Period,
    /// A counter that is none.
    #[error("has a `counter` that is no number")]
    Counter,
    /// An unknown algorithm.
    #[error("asks for an algorithm other than SHA1, SHA256 and SHA512")]
    Algorithm,
}

/// What codes are computed from beside the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The time.
    Timed,
    /// A counter.
    Counted,
}

/// A seed, and how codes are made of it.
#[derive(Debug)]
pub(super) struct Seed {
    pub(super) key: totp_rs::Secret,
    pub(super) algorithm: Algorithm,
    pub(super) digits: u8,
    /// The length of a step, seconds.
    pub(super) period: u64,
    /// The first counter that may be used.
    pub(super) counter: u64,
}

impl Seed {
    /// Reads a seed: an `otpauth` address, or Base32 with any spaces, dashes, padding and case. Its other spellings are made
    /// known to the redactor.
    pub(super) fn of(seed: &Secret, kind: Kind, redactor: &Redactor) -> Result<Self, SeedError> {
        let text = seed.expose().trim();
        let scheme = text.get(..8).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("otpauth:") {
            let key = key(text, redactor)?;
            return Ok(Self { key, algorithm: Algorithm::SHA1, digits: 6, period: 30, counter: 0 });
        }
        let url = Url::parse(text).map_err(|_| SeedError::NoSecret)?;
        match (url.host_str().map(str::to_ascii_lowercase).as_deref(), kind) {
            (Some("totp"), Kind::Timed) | (Some("hotp"), Kind::Counted) => {}
            (Some("hotp"), Kind::Timed) => return Err(SeedError::Counted),
            (Some("totp"), Kind::Counted) => return Err(SeedError::Timed),
            _ => return Err(SeedError::NoSecret),
        }
        let query = |name: &str| {
            let pair = url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name));
            pair.map(|(_, value)| Secret::new(value.into_owned()))
        };
        let secret = query("secret").ok_or(SeedError::NoSecret)?;
        let algorithm = match query("algorithm") {
            None => Algorithm::SHA1,
            Some(name) => match name.expose().to_ascii_uppercase().replace(['-', '_'], "").as_str() {
                "SHA1" | "HMACSHA1" => Algorithm::SHA1,
                "SHA256" | "HMACSHA256" => Algorithm::SHA256,
                "SHA512" | "HMACSHA512" => Algorithm::SHA512,
                _ => return Err(SeedError::Algorithm),
            },
        };
        let number = |name: &str, usual: u64, range: std::ops::RangeInclusive<u64>, error: SeedError| {
            let number = query(name).map_or(Ok(usual), |text| text.expose().parse()).map_err(|_| error)?;
            if range.contains(&number) { Ok(number) } else { Err(error) }
        };
        let digits = number("digits", 6, 6..=8, SeedError::Digits)?;
        let digits = u8::try_from(digits).map_err(|_| SeedError::Digits)?;
        let period = number("period", 30, 1..=300, SeedError::Period)?;
        let counter = number("counter", 0, 0..=HIGHEST, SeedError::Counter)?;
        Ok(Self { key: key(secret.expose(), redactor)?, algorithm, digits, period, counter })
    }

    /// The length of the seed.
    pub(super) fn bits(&self) -> usize {
        self.key.as_bytes().len() * 8
    }
}

fn key(text: &str, redactor: &Redactor) -> Result<totp_rs::Secret, SeedError> {
    let ignored = |c: &char| c.is_whitespace() || matches!(c, '-' | '=');
    // All the room at once: a text that grows leaves copies of what it held.
    let mut base32 = String::with_capacity(text.len());
    base32.extend(text.chars().filter(|c| !ignored(c)).map(|c| c.to_ascii_uppercase()));
    let base32 = Secret::new(base32);
    let key = totp_rs::Secret::try_from_base32(base32.expose()).map_err(|_| SeedError::NotBase32)?;
    if key.as_bytes().is_empty() {
        return Err(SeedError::NotBase32);
    }
    redactor.add(&base32);
    Ok(key)
}

/// Makes the codes of one seed by the time.
#[derive(Debug)]
pub(super) struct Timed {
    totp: Totp,
    /// The length of a step, seconds.
    pub(super) period: u64,
}

impl Timed {
    pub(super) fn of(seed: Seed) -> Self {
        let Seed { key, algorithm, digits, period, .. } = seed;
        let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_step_duration(period);
        // The compliant builder refuses the 80-bit seeds that many portals hand out.
        Self { totp: builder.with_secret(key).build_noncompliant(), period }
    }

    /// The code of a step.
    pub(super) fn code(&self, step: u64) -> Secret {
        Secret::new(self.totp.generate(step.saturating_mul(self.period)).to_string())
    }
}

/// The next step whose code may be given out, and how long to wait for it: never one up to `last`, and none that
/// is about to end. `now` is in milliseconds since 1970.
pub(super) fn ready(now: u64, period: u64, last: Option<u64>) -> (u64, Duration) {
    let length = period * 1000;
    let current = now / length;
    let left = length - now % length;
    // A step shorter than twice the margin would never be long enough.
    let margin = MARGIN_MS.min(length / 2);
    let usable = if left < margin { current + 1 } else { current };
    let step = last.map_or(usable, |last| usable.max(last.saturating_add(1)));
    let begins = step.saturating_mul(length);
    (step, Duration::from_millis(begins.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{Kind, Seed, SeedError, Timed, ready};
    use crate::secret::Secret;
    use crate::vault::Redactor;

    fn seed(text: &str, kind: Kind) -> Result<Seed, SeedError> {
        Seed::of(&Secret::new(text.to_owned()), kind, &Redactor::default())
    }

    fn generator(text: &str) -> Result<Timed, SeedError> {
        seed(text, Kind::Timed).map(Timed::of)
    }

    const SHA1: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const SHA256: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";
    const SHA512: &str =
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA";

    /// RFC 6238, appendix B.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (time, sha1, sha256, sha512) in [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"),
            (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ] {
            for (name, seed, expected) in
                [("SHA1", SHA1, sha1), ("sha-256", SHA256, sha256), ("SHA512", SHA512, sha512)]
            {
                let url = format!("otpauth://totp/A:b?secret={seed}&issuer=A&digits=8&algorithm={name}");
                assert_eq!(generator(&url).expect("a seed").code(time / 30).expose(), expected, "{name} at {time}");
            }
        }
    }

    #[test]
    fn seeds_as_people_paste_them() {
        let code = |seed: &str| generator(seed).map(|generator| generator.code(1).expose().to_owned());
        for seed in [
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            " GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n",
            "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq====",
            "otpauth://totp/x?secret=gezd%20gnbvgy3tqojqgezdgnbvgy3tqojq",
            "OTPAUTH://TOTP/x?SECRET=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ] {
            assert_eq!(code(seed).as_deref(), Ok("287082"), "{seed}");
        }
        assert_eq!(seed("GEZDGNBVGY3TQOJQ", Kind::Timed).map(|seed| seed.bits()), Ok(80));
    }

    #[test]
    fn what_is_no_seed() {
        for (seed, expected) in [
            ("", SeedError::NotBase32),
            ("not base 32!", SeedError::NotBase32),
            ("otpauth://totp/x", SeedError::NoSecret),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", SeedError::Counted),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=10", SeedError::Digits),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=x", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5", SeedError::Algorithm),
        ] {
            assert_eq!(generator(seed).err(), Some(expected), "{seed}");
        }
        for (address, expected) in [
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", SeedError::Timed),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=-1", SeedError::Counter),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=18446744073709551615", SeedError::Counter),
        ] {
            assert_eq!(seed(address, Kind::Counted).err(), Some(expected), "{address}");
        }
    }

    #[test]
    fn a_step_about_to_end_is_left_alone() {
        assert_eq!(ready(60_000, 30, None), (2, Duration::ZERO));
        assert_eq!(ready(81_999, 30, None), (2, Duration::ZERO));
        assert_eq!(ready(82_001, 30, None), (3, Duration::from_millis(7_999)));
        assert_eq!(ready(60_000, 30, Some(2)), (3, Duration::from_secs(30)));
        assert_eq!(ready(60_000, 30, Some(1)), (2, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn never_the_same_step_twice_and_never_a_late_one(now in 0_u64..4_000_000_000_000, period in 1_u64..=300, back in 0_u64..3) {
            let last = (now / (period * 1000)).checked_sub(back);
            let (step, wait) = ready(now, period, last);
            let then = now + u64::try_from(wait.as_millis()).unwrap_or(0);
            prop_assert!(last.is_none_or(|last| step > last));
            prop_assert_eq!(then / (period * 1000), step);
            prop_assert!(period * 1000 - then % (period * 1000) >= 8_000.min(period * 500));
            prop_assert_eq!(ready(then, period, last), (step, Duration::ZERO));
        }
    }
}
