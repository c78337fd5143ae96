//! The practice portals.
