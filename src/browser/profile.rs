//! The prepared Firefox profile: made once per Firefox version, kept in the user's cache, copied for each session.
//!
//! A fresh profile costs a session some two seconds at the start and half a second at the end (browser.md §2.1).

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Preferences of every session: nothing is stored, offered, translated, updated or fetched on the side.
const PREFERENCES: &str = r#"
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.contentblocking.introCount", 99);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.useDownloadDir", true);
user_pref("browser.download.always_ask_before_handling_new_types", false);
user_pref("browser.download.alwaysOpenPanel", false);
user_pref("browser.download.manager.showWhenStarting", false);
user_pref("browser.formfill.enable", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.safebrowsing.downloads.enabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage", "about:blank");
user_pref("browser.startup.page", 0);
user_pref("browser.tabs.warnOnClose", false);
user_pref("browser.translations.enable", false);
user_pref("browser.translations.automaticallyPopup", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.formautofill.addresses.enabled", false);
user_pref("extensions.formautofill.creditCards.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("geo.enabled", false);
user_pref("layout.spellcheckDefault", 0);
user_pref("marionette.marionette.navigate-after-click.timeout", 0);
user_pref("marionette.navigate-after-click.timeout", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.disablePrefetch", true);
user_pref("network.prefetch-next", false);
user_pref("pdfjs.disabled", true);
user_pref("privacy.trackingprotection.enabled", false);
user_pref("security.insecure_connection_text.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("signon.autofillForms", false);
user_pref("signon.rememberSignons", false);
user_pref("toolkit.cosmeticAnimations.enabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("ui.caretBlinkTime", 0);
"#;

/// What a copy leaves out: locks, and what a run must not inherit from another.
const LEFT_OUT: [&str; 14] = [
    "lock",
    ".parentlock",
    "parent.lock",
    "cookies.sqlite",
    "cookies.sqlite-wal",
    "cookies.sqlite-shm",
    "sessionstore.jsonlz4",
    "sessionstore-backups",
    "crashes",
    "minidumps",
    "datareporting",
    "saved-telemetry-pings",
    "cache2",
    "MarionetteActivePort",
];

/// Where the prepared profile of this Firefox version stands.
#[must_use]
pub fn prepared_path(cache: &Path, version: &str) -> PathBuf {
    let version: String =
        version.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    // The preferences are part of what is prepared: another set of them is another profile.
    let digest = <sha2::Sha256 as sha2::Digest>::digest(PREFERENCES.as_bytes());
    cache.join("profiles").join(format!("firefox-{version}-{:02x}{:02x}", digest[0], digest[1]))
}

/// Writes the preferences into a profile folder, with those that depend on the session.
///
/// # Errors
/// When the file cannot be written.
pub fn write_preferences(profile: &Path, downloads: &Path, languages: &str) -> io::Result<()> {
    let mut text = PREFERENCES.to_owned();
    for (key, value) in
        [("browser.download.dir", downloads.to_string_lossy().as_ref()), ("intl.accept_languages", languages)]
    {
        let value = serde_json::Value::from(value);
        text.push_str(&format!("user_pref(\"{key}\", {value});\n"));
    }
    fs::write(profile.join("user.js"), text)
}

/// Copies a prepared profile into a session's folder.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).recursive(true).create(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| LEFT_OUT.contains(&name)) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

/// Keeps a profile that a finished session left as the prepared one. Two runs may do so at once: the first one stays.
///
/// # Errors
/// When it cannot be written.
pub fn keep(profile: &Path, prepared: &Path) -> io::Result<()> {
    let Some(parent) = prepared.parent() else { return Ok(()) };
    fs::DirBuilder::new().mode(0o700).recursive(true).create(parent)?;
    let fresh =
        tempfile::Builder::new().prefix("new-").permissions(fs::Permissions::from_mode(0o700)).tempdir_in(parent)?;
    copy(profile, fresh.path())?;
    match fs::rename(fresh.path(), prepared) {
        Err(_) if prepared.is_dir() => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{copy, prepared_path};

    #[test]
    fn a_copy_leaves_out_locks_and_cookies() {
        let from = tempfile::tempdir().expect("a folder");
        let to = tempfile::tempdir().expect("a folder");
        for name in ["prefs.js", "cookies.sqlite", ".parentlock"] {
            std::fs::write(from.path().join(name), "x").expect("a file");
        }
        copy(from.path(), &to.path().join("profile")).expect("a copy");
        let names: Vec<_> =
            to.path().join("profile").read_dir().expect("a folder").flatten().map(|e| e.file_name()).collect();
        assert_eq!(names, ["prefs.js"]);
    }

    #[test]
    fn a_hostile_version_stays_inside_the_cache() {
        let path = prepared_path(std::path::Path::new("/cache"), "../../etc");
        assert!(path.starts_with("/cache/profiles"));
        assert_eq!(path.components().count(), 4);
    }
}
