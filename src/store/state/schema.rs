//! The tables of `state.db`. No value of an input ever stands in one.

/// The version that this build writes, kept as SQLite's `user_version`.
pub(super) const VERSION: u32 = 3;

/// SQLite's `application_id`: whether a file is ours is seen from its first hundred bytes. `rnnv`.
pub(super) const OURS: u32 = 0x726e_6e76;

/// The tables whose rows are sealed.
pub(super) const SEALED: [&str; 11] = [
    "lost",
    "intents",
    "outcomes",
    "readings",
    "budgets",
    "code_steps",
    "history",
    "told",
    "notices",
    "used_codes",
    "drift",
];

/// What each version has beside the tables of those before it. Times are UTC in ISO form. `previous` makes a chain of an account's intents: two can never follow the same one.
/// No number of a notice is used twice: a mail is known by it. A run without a row of `drift` was kept before there were any.
pub(super) const TABLES: [&str; VERSION as usize] = ["
CREATE TABLE lost (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, why TEXT NOT NULL, seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE intents (
    id INTEGER PRIMARY KEY, previous INTEGER NOT NULL,
    account TEXT NOT NULL, flow TEXT NOT NULL, task TEXT NOT NULL,
    certificate TEXT, old_expiry TEXT NOT NULL, step TEXT NOT NULL, words TEXT NOT NULL,
    ahead INTEGER NOT NULL, follows INTEGER NOT NULL CHECK (follows IN (0, 1)),
    run TEXT NOT NULL, at TEXT NOT NULL, seal TEXT NOT NULL DEFAULT '',
    UNIQUE (account, flow, previous)
) STRICT;
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, intent INTEGER NOT NULL REFERENCES intents (id),
    took_place INTEGER NOT NULL CHECK (took_place IN (0, 1)), how TEXT NOT NULL, at TEXT NOT NULL,
    seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outcomes_of ON outcomes (intent);
CREATE TABLE readings (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, flow TEXT NOT NULL, after INTEGER NOT NULL,
    at TEXT NOT NULL, expiry TEXT NOT NULL, certificate TEXT, half_done INTEGER CHECK (half_done IN (0, 1)),
    seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX readings_of ON readings (account, flow, after);
CREATE TABLE budgets (
    account TEXT NOT NULL, kind TEXT NOT NULL, spent INTEGER NOT NULL, at TEXT NOT NULL,
    frozen_at TEXT, why TEXT, seal TEXT NOT NULL DEFAULT '',
    UNIQUE (account, kind)
) STRICT;
CREATE TABLE code_steps (
    account TEXT NOT NULL, input TEXT NOT NULL, step INTEGER NOT NULL, seal TEXT NOT NULL DEFAULT '',
    UNIQUE (account, input)
) STRICT;
CREATE TABLE history (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, flow TEXT NOT NULL, task TEXT NOT NULL, verdict TEXT NOT NULL,
    started TEXT NOT NULL, took_ms INTEGER NOT NULL, folder TEXT NOT NULL, not_before TEXT, seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX history_of ON history (account);
CREATE TABLE told (
    account TEXT NOT NULL, expiry TEXT NOT NULL, topic TEXT NOT NULL, at TEXT NOT NULL, seal TEXT NOT NULL DEFAULT '',
    UNIQUE (account, expiry, topic)
) STRICT;
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, account TEXT NOT NULL, topic TEXT NOT NULL,
    urgency TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL, dropped INTEGER NOT NULL,
    seal TEXT NOT NULL DEFAULT ''
) STRICT;
", "
CREATE TABLE used_codes (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, input TEXT NOT NULL, salt TEXT NOT NULL, digest TEXT NOT NULL,
    at TEXT NOT NULL, seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX used_codes_of ON used_codes (account);
", "
CREATE TABLE drift (
    run INTEGER PRIMARY KEY REFERENCES history (id), rehearsal INTEGER NOT NULL CHECK (rehearsal IN (0, 1)), debt INTEGER,
    seal TEXT NOT NULL DEFAULT ''
) STRICT;
"];
