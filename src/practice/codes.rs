//! One-time codes: computed ones, messages and approvals, and how often each may be wrong.

use jiff::{SignedDuration, Timestamp};

use super::clock::later;
use super::hotp::{STEP_SECONDS, hotp, step, totp};
use super::random;

/// Digits of a code sent by message.
pub(crate) const SMS_DIGITS: u32 = 8;
/// Digits of a computed code.
pub(crate) const TOKEN_DIGITS: u32 = 6;
/// How long a message or a request for approval stays valid.
pub(crate) const VALID: SignedDuration = SignedDuration::from_secs(180);
/// How soon another message may be asked for while one is live.
pub(crate) const RESEND: SignedDuration = SignedDuration::from_secs(30);
const SMS_WINDOW: SignedDuration = SignedDuration::from_mins(10);
const SMS_MOST: usize = 5;
const WRONG_MOST: u32 = 5;
const BLOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
const LOOK_AHEAD: u64 = 10;

/// How an account confirms (portals.md §1.3, OTP kinds).
#[derive(Clone, Debug)]
pub(crate) enum Device {
    Sms,
    Totp { seed: Vec<u8> },
    Hotp { seed: Vec<u8> },
    Push,
}

impl Device {
    /// The name used in the API and the ledger.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Totp { .. } => "totp",
            Self::Hotp { .. } => "hotp",
            Self::Push => "push",
        }
    }

    /// How many digits a person types, none for an approval.
    pub(crate) fn digits(&self) -> u32 {
        match self {
            Self::Sms => SMS_DIGITS,
            Self::Totp { .. } | Self::Hotp { .. } => TOKEN_DIGITS,
            Self::Push => 0,
        }
    }
}

/// Why a code was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    /// No message has been asked for.
    NotRequested,
    /// Nobody has approved on the phone yet; costs nothing.
    NotApproved,
    Wrong,
    Expired,
    AlreadyUsed,
    /// The fifth wrong one, and everything during the quarter of an hour after it.
    Blocked,
}

impl CodeError {
    /// The word in the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotRequested => "non richiesto",
            Self::NotApproved => "non approvato",
            Self::Wrong => "errato",
            Self::Expired => "scaduto",
            Self::AlreadyUsed => "già utilizzato",
            Self::Blocked => "bloccato",
        }
    }
}

/// Why no message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    /// The live one is too young; so many seconds to wait.
    TooSoon(i64),
    /// Five in ten minutes.
    TooMany,
    Blocked,
}

#[derive(Clone, Debug)]
struct Sent {
    code: String,
    at: Timestamp,
    used: bool,
    approved: bool,
}

/// A holder's device and what the portal remembers of it.
#[derive(Clone, Debug)]
pub(crate) struct Otp {
    pub(crate) device: Device,
    sent: Vec<Sent>,
    used_steps: Vec<u64>,
    /// The counter the portal expects next.
    expected: u64,
    /// The counter the hardware token stands at.
    pressed: u64,
    wrong: u32,
    blocked_until: Option<Timestamp>,
}

impl Otp {
    pub(crate) fn new(device: Device) -> Self {
        Self {
            device,
            sent: Vec::new(),
            used_steps: Vec::new(),
            expected: 0,
            pressed: 0,
            wrong: 0,
            blocked_until: None,
        }
    }

    fn blocked(&self, now: Timestamp) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }

    /// The newest message, unless its code has been used up.
    fn live(&self) -> Option<&Sent> {
        self.sent.last().filter(|sent| !sent.used)
    }

    /// Whether a code is awaited that only a message can bring, and no message is on its way.
    pub(crate) fn message_missing(&self) -> bool {
        matches!(self.device, Device::Sms) && self.live().is_none()
    }

    /// Whether a new message may go out. `again` is the holder asking for another one; an
    /// operation that has just begun sends its own whatever the age of the one before.
    pub(crate) fn may_send(&self, now: Timestamp, again: bool) -> Result<(), SendError> {
        if self.blocked(now) {
            return Err(SendError::Blocked);
        }
        if again && let Some(live) = self.live() {
            let wait = RESEND - now.duration_since(live.at);
            if wait > SignedDuration::ZERO {
                return Err(SendError::TooSoon(wait.as_secs().max(1)));
            }
        }
        let recent = self.sent.iter().filter(|sent| now.duration_since(sent.at) < SMS_WINDOW);
        if recent.count() >= SMS_MOST {
            return Err(SendError::TooMany);
        }
        Ok(())
    }

    /// Makes the code of a new message, or begins a request for approval; the one before it dies.
    pub(crate) fn send(&mut self, now: Timestamp) -> String {
        let mut code = random::digits(SMS_DIGITS);
        while self.sent.iter().any(|sent| sent.code == code) {
            code = random::digits(SMS_DIGITS);
        }
        self.sent.push(Sent { code: code.clone(), at: now, used: false, approved: false });
        code
    }

    /// The holder approves on the phone; answers whether there was anything to approve.
    pub(crate) fn approve(&mut self) -> bool {
        match self.sent.last_mut() {
            Some(sent) if !sent.used => {
                sent.approved = true;
                true
            }
            _ => false,
        }
    }

    /// Presses the button of the hardware token.
    pub(crate) fn press(&mut self) -> Option<String> {
        let Device::Hotp { seed } = &self.device else {
            return None;
        };
        let code = hotp(seed, self.pressed, TOKEN_DIGITS);
        self.pressed += 1;
        Some(code)
    }

    /// Takes a code: accepted once, refused with a reason, five times at most (portals.md §1.3).
    pub(crate) fn take(&mut self, code: &str, now: Timestamp) -> Result<(), CodeError> {
        if self.blocked(now) {
            return Err(CodeError::Blocked);
        }
        let code = code.trim();
        let verdict = match self.device.clone() {
            Device::Sms => self.take_message(code, now),
            Device::Push => self.take_approval(now),
            Device::Totp { seed } => self.take_step(&seed, code, now),
            Device::Hotp { seed } => self.take_counter(&seed, code),
        };
        match verdict {
            Ok(()) => self.wrong = 0,
            Err(CodeError::NotRequested | CodeError::NotApproved) => {}
            Err(_) => {
                self.wrong += 1;
                if self.wrong >= WRONG_MOST {
                    self.wrong = 0;
                    self.blocked_until = Some(later(now, BLOCKED_FOR));
                    self.cancel();
                    return Err(CodeError::Blocked);
                }
            }
        }
        verdict
    }

    /// Forgets the live message: its operation is over.
    pub(crate) fn cancel(&mut self) {
        if let Some(sent) = self.sent.last_mut() {
            sent.used = true;
        }
    }

    fn take_message(&mut self, code: &str, now: Timestamp) -> Result<(), CodeError> {
        if self.sent.iter().any(|sent| sent.used && sent.code == code) {
            return Err(CodeError::AlreadyUsed);
        }
        match self.sent.last_mut() {
            None => Err(CodeError::NotRequested),
            Some(sent) if sent.used => Err(CodeError::NotRequested),
            Some(sent) if sent.code != code => Err(CodeError::Wrong),
            Some(sent) if now.duration_since(sent.at) > VALID => Err(CodeError::Expired),
            Some(sent) => {
                sent.used = true;
                Ok(())
            }
        }
    }

    fn take_approval(&mut self, now: Timestamp) -> Result<(), CodeError> {
        match self.sent.last_mut() {
            None => Err(CodeError::NotRequested),
            Some(sent) if sent.used => Err(CodeError::NotRequested),
            Some(sent) if now.duration_since(sent.at) > VALID => Err(CodeError::Expired),
            Some(sent) if !sent.approved => Err(CodeError::NotApproved),
            Some(sent) => {
                sent.used = true;
                Ok(())
            }
        }
    }

    fn take_step(&mut self, seed: &[u8], code: &str, now: Timestamp) -> Result<(), CodeError> {
        let found = [-STEP_SECONDS, 0, STEP_SECONDS]
            .map(|seconds| later(now, SignedDuration::from_secs(seconds)))
            .into_iter()
            .find(|moment| totp(seed, *moment, TOKEN_DIGITS) == code)
            .map(step)
            .ok_or(CodeError::Wrong)?;
        if self.used_steps.contains(&found) {
            return Err(CodeError::AlreadyUsed);
        }
        self.used_steps.push(found);
        Ok(())
    }

    fn take_counter(&mut self, seed: &[u8], code: &str) -> Result<(), CodeError> {
        let matches = |counter: &u64| hotp(seed, *counter, TOKEN_DIGITS) == code;
        if let Some(found) = (self.expected..self.expected + LOOK_AHEAD).find(matches) {
            self.expected = found + 1;
            return Ok(());
        }
        if (self.expected.saturating_sub(LOOK_AHEAD)..self.expected).any(|old| matches(&old)) {
            return Err(CodeError::AlreadyUsed);
        }
        Err(CodeError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeError, Device, Otp, SendError, later, totp};
    use jiff::{SignedDuration, Timestamp};

    const SEED: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_message_is_good_once_and_for_three_minutes() {
        let mut otp = Otp::new(Device::Sms);
        assert_eq!(otp.take("00000000", at(0)), Err(CodeError::NotRequested));
        let code = otp.send(at(0));
        assert_eq!(code.len(), 8);
        assert_eq!(otp.take(&code, at(180)), Ok(()));
        assert_eq!(otp.take(&code, at(181)), Err(CodeError::AlreadyUsed));
        let code = otp.send(at(200));
        assert_eq!(otp.take(&code, at(381)), Err(CodeError::Expired));
    }

    #[test]
    fn a_new_message_kills_the_one_before() {
        let mut otp = Otp::new(Device::Sms);
        let old = otp.send(at(0));
        let new = otp.send(at(40));
        assert_eq!(otp.take(&old, at(41)), Err(CodeError::Wrong));
        assert_eq!(otp.take(&new, at(42)), Ok(()));
    }

    #[test]
    fn messages_have_limits() {
        let mut otp = Otp::new(Device::Sms);
        let code = otp.send(at(0));
        assert_eq!(otp.may_send(at(29), true), Err(SendError::TooSoon(1)));
        assert_eq!(otp.may_send(at(29), false), Ok(()));
        assert_eq!(otp.may_send(at(30), true), Ok(()));
        assert_eq!(otp.take(&code, at(2)), Ok(()));
        assert_eq!(otp.may_send(at(3), true), Ok(()), "a used code holds nobody up");
        for second in [100, 200, 300, 400] {
            otp.send(at(second));
        }
        assert_eq!(otp.may_send(at(599), true), Err(SendError::TooMany));
        assert_eq!(otp.may_send(at(600), true), Ok(()));
    }

    #[test]
    fn a_step_of_time_is_good_once_one_before_and_one_after() {
        let mut otp = Otp::new(Device::Totp { seed: SEED.to_vec() });
        let now = at(1_000_000_000);
        let shifted = |seconds| totp(SEED, later(now, SignedDuration::from_secs(seconds)), 6);
        assert_eq!(otp.take(&shifted(-60), now), Err(CodeError::Wrong));
        assert_eq!(otp.take(&shifted(60), now), Err(CodeError::Wrong));
        assert_eq!(otp.take(&shifted(30), now), Ok(()));
        assert_eq!(otp.take(&shifted(30), now), Err(CodeError::AlreadyUsed));
        assert_eq!(otp.take(&shifted(-30), now), Ok(()));
        assert_eq!(otp.take(&shifted(0), now), Ok(()));
    }

    #[test]
    fn a_token_may_run_ahead_by_ten_and_no_further() {
        let mut otp = Otp::new(Device::Hotp { seed: SEED.to_vec() });
        let first = otp.press().unwrap();
        for _ in 0..8 {
            otp.press();
        }
        let tenth = otp.press().unwrap();
        assert_eq!(otp.take(&tenth, at(0)), Ok(()));
        assert_eq!(otp.take(&tenth, at(0)), Err(CodeError::AlreadyUsed));
        assert_eq!(otp.take(&first, at(0)), Err(CodeError::AlreadyUsed));
        for _ in 0..10 {
            otp.press();
        }
        let eleventh = otp.press().unwrap();
        assert_eq!(otp.take(&eleventh, at(0)), Err(CodeError::Wrong));
    }

    #[test]
    fn an_approval_is_waited_for_and_costs_nothing() {
        let mut otp = Otp::new(Device::Push);
        assert!(!otp.approve());
        otp.send(at(0));
        for _ in 0..9 {
            assert_eq!(otp.take("", at(1)), Err(CodeError::NotApproved));
        }
        assert!(otp.approve());
        assert_eq!(otp.take("", at(2)), Ok(()));
        assert_eq!(otp.take("", at(3)), Err(CodeError::NotRequested));
    }

    #[test]
    fn five_wrong_codes_block_for_a_quarter_of_an_hour() {
        let mut otp = Otp::new(Device::Sms);
        let code = otp.send(at(0));
        for _ in 0..4 {
            assert_eq!(otp.take("x", at(1)), Err(CodeError::Wrong));
        }
        assert_eq!(otp.take("x", at(1)), Err(CodeError::Blocked));
        assert_eq!(otp.take(&code, at(2)), Err(CodeError::Blocked));
        assert_eq!(otp.may_send(at(2), false), Err(SendError::Blocked));
        assert_eq!(otp.may_send(at(901), false), Ok(()));
        assert_eq!(otp.take(&code, at(901)), Err(CodeError::AlreadyUsed));
    }
}
