//! What tests share that run the page script in real browsers on pages of ours.

#![allow(dead_code, unreachable_pub)] // each test file uses its part, and a test crate exports nothing

pub mod browser;
pub mod locators;
pub mod site;
