//! Tests of the portals over HTTP.
