//! A record as text: the HTML page, `JUnit`, the last lines on the console; what has changed on a portal as a page. Pure: values in, text out. What a
//! record quotes of a page is hostile until it is escaped here.

pub mod difference;
pub mod explanation;
pub mod html;
pub mod junit;
pub mod plain;
pub mod summary;
mod tone;
