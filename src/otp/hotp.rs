//! Codes computed from a seed and a counter (RFC 4226). `totp-rs` does not make them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use totp_rs::Algorithm;
use zeroize::Zeroizing;

use super::seed::Seed;
use crate::secret::Secret;

/// Makes the codes of one seed by their number.
#[derive(Debug)]
pub(super) struct Counted {
    seed: Seed,
}

impl Counted {
    pub(super) fn of(seed: Seed) -> Self {
        Self { seed }
    }

    /// The next number after the last that was used; never below what the seed's address says.
    pub(super) fn next(&self, last: Option<u64>) -> u64 {
        last.map_or(0, |last| last.saturating_add(1)).max(self.seed.counter)
    }

    /// The code of a number.
    pub(super) fn code(&self, number: u64) -> Secret {
        let key = self.seed.key.as_bytes();
        let digest = match self.seed.algorithm {
            Algorithm::SHA256 => digest::<Hmac<Sha256>>(key, number),
            Algorithm::SHA512 => digest::<Hmac<Sha512>>(key, number),
            _ => digest::<Hmac<Sha1>>(key, number),
        };
        Secret::new(truncated(&digest, self.seed.digits))
    }
}

fn digest<M: Mac + KeyInit>(key: &[u8], number: u64) -> Zeroizing<Vec<u8>> {
    // HMAC takes keys of any length, so there is always one.
    let digest = <M as KeyInit>::new_from_slice(key).map(|mac| mac.chain_update(number.to_be_bytes()).finalize());
    Zeroizing::new(digest.map(|digest| digest.into_bytes().to_vec()).unwrap_or_default())
}

/// RFC 4226 §5.3: four bytes from the place that the last one names, without the sign, as decimal digits.
fn truncated(digest: &[u8], digits: u8) -> String {
    let place = digest.last().map_or(0, |last| usize::from(last & 0x0f));
    let word = digest.get(place..place + 4).unwrap_or_default();
    let number = word.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0width$}", number % 10_u32.pow(digits.into()), width = digits.into())
}

#[cfg(test)]
mod tests {
    use super::Counted;
    use crate::otp::seed::{Kind, Seed};
    use crate::secret::Secret;
    use crate::vault::Redactor;

    fn counted(seed: &str) -> Counted {
        let seed = Seed::of(&Secret::new(seed.to_owned()), Kind::Counted, &Redactor::default());
        Counted::of(seed.expect("a seed"))
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_the_rfc() {
        let generator = counted("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0");
        let codes: Vec<String> = (0..10).map(|number| generator.code(number).expose().to_owned()).collect();
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!(codes, expected);
    }

    /// The vectors of RFC 6238 are those of RFC 4226 with the step as the counter.
    #[test]
    fn other_digests_and_lengths() {
        let sha256 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";
        let generator = counted(&format!("otpauth://hotp/x?secret={sha256}&digits=8&algorithm=SHA256"));
        assert_eq!(generator.code(59 / 30).expose(), "46119246");
        let sha512 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                      GEZDGNBVGY3TQOJQGEZDGNA";
        let generator = counted(&format!("otpauth://hotp/x?secret={sha512}&digits=8&algorithm=SHA512"));
        assert_eq!(generator.code(20_000_000_000 / 30).expose(), "47863826");
    }

    #[test]
    fn the_counter_begins_where_the_address_says_and_only_goes_on() {
        let generator = counted("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=41");
        assert_eq!([None, Some(7), Some(41), Some(99)].map(|last| generator.next(last)), [41, 41, 42, 100]);
        assert_eq!(counted("GEZD GNBV GY3T QOJQ").next(None), 0);
    }
}
