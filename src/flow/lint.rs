//! Doubts about a valid flow.

use crate::flow::fault::Fault;
use crate::flow::model::Flow;

/// Everything doubtful in a flow, in the order of the file.
#[must_use]
pub fn lint(_flow: &Flow) -> Vec<Fault> {
    Vec::new()
}
