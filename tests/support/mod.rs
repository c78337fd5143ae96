//! What tests share that run the page script in real browsers on pages of ours.

#![allow(dead_code)] // each test file uses its part

pub mod browser;
pub mod locators;
pub mod site;
