//! Bad input: each is told in words and by its exit code, before anything is sent, and before a browser starts where that
//! can be. The texts stand here as they are printed; `<tmp>` is the test's folder and `<port>` a port of this machine.

#[path = "support/trial.rs"]
mod trial;
