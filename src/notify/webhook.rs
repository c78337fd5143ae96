//! A web address that gets the message as JSON, form 1: `format`, `account`, `topic`, `urgency`, `subject`, `text`, `at`.

use http::Method;
use http::header::HeaderValue;
use serde_json::json;

use super::DeliveryError;
use super::web;
use crate::settings::Webhook;
use crate::store::state::Queued;
use crate::vault::{self, Redactor};

/// An address that is ready to be used.
pub(super) struct Hook<'a> {
    webhook: &'a Webhook,
    authorization: Option<HeaderValue>,
}

impl<'a> Hook<'a> {
    /// Reads the token, and makes it known to the redactor.
    pub(super) async fn of(webhook: &'a Webhook, redactor: &Redactor) -> Result<Self, DeliveryError> {
        let Some(source) = &webhook.bearer else { return Ok(Self { webhook, authorization: None }) };
        let token = vault::read(source, "the webhook's token").await;
        let token = token.map_err(|error| DeliveryError::Down(format!("the token: {error}")))?;
        redactor.add(&token);
        let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|_| DeliveryError::Down("the token holds what no header may hold".into()))?;
        value.set_sensitive(true);
        Ok(Self { webhook, authorization: Some(value) })
    }

    /// Posts one message.
    pub(super) async fn send(&self, message: &Queued) -> Result<(), DeliveryError> {
        let Queued { account, topic, urgency, subject, body, at, .. } = message;
        let text = json!({ "format": 1, "account": account, "topic": topic, "urgency": urgency, "subject": subject,
            "text": body, "at": at.to_string() });
        let sent = web::send(Method::POST, &self.webhook.url, self.authorization.clone(), Some(text.to_string()));
        sent.await.map_err(|error| match error.status {
            // Of this message and not of all: what is wrong in form stays so. The rest may pass.
            Some(status) if matches!(status.as_u16(), 400 | 413 | 422) => DeliveryError::Refused(error.to_string()),
            _ => DeliveryError::Down(error.to_string()),
        })
    }
}
