//! x
use crate::{cli,command::{Context,Failure},exit::Verdict};
/// x
pub async fn doctor(_a: cli::Doctor,_c:&Context)->Result<Verdict,Failure>{Ok(Verdict::Done)}
