//! A program of the owner's that gets the message on its standard input: the subject, an empty line, the text.

use std::time::Duration;

use super::DeliveryError;
use crate::program::{Program, ProgramError};
use crate::store::state::Queued;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands the message over. The program also learns `RINNOVA_ACCOUNT`, `RINNOVA_TOPIC` and `RINNOVA_URGENCY`.
pub(super) async fn send(argv: &[String], message: &Queued) -> Result<(), DeliveryError> {
    let Queued { account, topic, urgency, subject, body, .. } = message;
    let env = vec![
        ("RINNOVA_ACCOUNT", account.clone()),
        ("RINNOVA_TOPIC", topic.clone()),
        ("RINNOVA_URGENCY", urgency.clone()),
    ];
    let input = format!("{subject}\n\n{body}");
    let ended = Program { argv, env, input: input.as_bytes(), patience: PATIENCE }.run().await;
    ended.map(drop).map_err(|error| match error {
        ProgramError::Failed { .. } => DeliveryError::Refused(error.to_string()),
        _ => DeliveryError::Down(error.to_string()),
    })
}
