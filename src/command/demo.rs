//! x
use crate::{cli,command::{Context,Failure},exit::Verdict};
/// x
pub async fn demo(_a: cli::Demo,_c:&Context)->Result<Verdict,Failure>{Ok(Verdict::Done)}
