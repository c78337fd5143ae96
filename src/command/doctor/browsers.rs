//! Whether the browsers and their drivers are there, answer, and fit each other.

use std::collections::BTreeMap;
use std::path::Path;

use super::finding::{Area, Finding, Mend};
use crate::browser::installed;
use crate::settings::BrowserName;

/// The oldest geckodriver that speaks the protocol a run needs.
const GECKODRIVER: (u32, u32) = (0, 36);

/// Looks at one browser.
pub(super) async fn browser(browser: BrowserName, env: &BTreeMap<String, String>) -> Vec<Finding> {
    let area = Area::Browser(browser);
    let program = installed::find_program(browser);
    let driver = installed::find_driver(browser);
    let (of_program, of_driver) = installed::variables(browser);
    let mut findings = Vec::new();
    let mut found = None;
    let Some(program) = program else {
        findings.push(absent(area, browser.name(), of_program, env, Mend::Packages(packages(browser))));
        findings.push(match driver {
            Some(driver) => Finding::ok(area, installed::driver_name(browser), driver.display().to_string()),
            None => no_driver(area, browser, of_driver, env),
        });
        return findings;
    };
    match installed::version(&program).await {
        Ok(version) => {
            findings.push(Finding::ok(area, browser.name(), format!("{version}  {}", program.display())));
            found = Some(version);
        }
        Err(error) => {
            findings.push(Finding::missing(area, browser.name(), error.to_string(), Some(by_hand(of_program))));
        }
    }
    findings.push(match driver {
        None => no_driver(area, browser, of_driver, env),
        Some(driver) => match installed::version(&driver).await {
            Err(error) => {
                Finding::missing(area, installed::driver_name(browser), error.to_string(), Some(by_hand(of_driver)))
            }
            Ok(version) => fitting(area, browser, found.as_deref(), &version, &driver),
        },
    });
    if browser == BrowserName::Firefox
        && let Some(version) = found
    {
        findings.push(profile(area, &version));
    }
    findings
}

/// The packages that hold this browser, and its driver where there is a package of it.
#[must_use]
pub(super) fn packages(browser: BrowserName) -> &'static [&'static str] {
    match browser {
        BrowserName::Firefox => &["firefox-esr"],
        BrowserName::Chromium => &["chromium", "chromium-driver"],
    }
}

/// Why this driver cannot drive this browser.
#[must_use]
pub(super) fn misfit(browser: BrowserName, program: Option<&str>, driver: &str) -> Option<String> {
    match browser {
        BrowserName::Firefox => {
            let mut numbers = driver.split('.').map(|number| number.parse::<u32>().ok());
            let version = (numbers.next().flatten(), numbers.next().flatten());
            let (major, minor) = GECKODRIVER;
            match version {
                (Some(has), Some(has_minor)) if (has, has_minor) >= GECKODRIVER => None,
                _ => Some(format!("geckodriver {driver} is too old: {major}.{minor} or newer is wanted")),
            }
        }
        BrowserName::Chromium => {
            let program = program?;
            (installed::major(program) != installed::major(driver)).then(|| {
                format!("chromedriver {driver} does not fit Chromium {program}: the first numbers must be equal")
            })
        }
    }
}

fn fitting(area: Area, browser: BrowserName, program: Option<&str>, version: &str, driver: &Path) -> Finding {
    let name = installed::driver_name(browser);
    let place = driver.display();
    let Some(why) = misfit(browser, program, version) else {
        let fits = if program.is_some() { ", fits" } else { "" };
        return Finding::ok(area, name, format!("{version}{fits}  {place}"));
    };
    let ours = installed::cache_dir().is_some_and(|cache| driver.starts_with(cache));
    let mend = match browser {
        BrowserName::Chromium => Mend::Packages(packages(browser)),
        BrowserName::Firefox if ours => Mend::Geckodriver,
        // Another program of that name comes first on the path; what we would install would not be used.
        BrowserName::Firefox => Mend::ByHand(format!("remove {place}, then run: rinnova doctor --install")),
    };
    Finding::missing(area, name, format!("{why}  {place}"), Some(mend))
}

fn no_driver(area: Area, browser: BrowserName, variable: &str, env: &BTreeMap<String, String>) -> Finding {
    let mend = match browser {
        BrowserName::Firefox => Mend::Geckodriver,
        BrowserName::Chromium => Mend::Packages(packages(browser)),
    };
    absent(area, installed::driver_name(browser), variable, env, mend)
}

/// A program that was not found; where a variable names it, what is wrong with that.
fn absent(area: Area, what: &str, variable: &str, env: &BTreeMap<String, String>, mend: Mend) -> Finding {
    let Some(named) = env.get(variable) else { return Finding::missing(area, what, "not installed", Some(mend)) };
    if Path::new(named).is_file() {
        let text = format!("`{named}`, named by {variable}, is not executable");
        return Finding::missing(area, what, text, Some(Mend::ByHand(format!("chmod +x {named}"))));
    }
    Finding::missing(area, what, format!("`{named}`, named by {variable}, is not there"), Some(by_hand(variable)))
}

fn by_hand(variable: &str) -> Mend {
    Mend::ByHand(format!("name another program: {variable}=…  (or unset it and install one)"))
}

/// The profile that runs copy. The version on the command line says `esr`, the folder does not.
fn profile(area: Area, version: &str) -> Finding {
    let Some(cache) = installed::cache_dir() else {
        let mend = Mend::ByHand("export XDG_CACHE_HOME=…".into());
        return Finding::warning(
            area,
            "profile",
            "no place to keep one; each start takes two seconds longer",
            Some(mend),
        );
    };
    let begins = format!("firefox-{}-", version.trim_end_matches("esr"));
    let entries = cache.join("profiles").read_dir().into_iter().flatten().flatten();
    let prepared = entries.map(|entry| entry.path()).find(|path| {
        path.is_dir() && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&begins))
    });
    match prepared {
        Some(path) => Finding::ok(area, "profile", format!("prepared  {}", path.display())),
        None => Finding::ok(area, "profile", "not prepared yet; the first run makes it"),
    }
}

#[cfg(test)]
mod tests {
    use super::misfit;
    use crate::settings::BrowserName::{Chromium, Firefox};

    #[test]
    fn the_first_numbers_of_chromium_and_its_driver_are_equal() {
        assert_eq!(misfit(Chromium, Some("156.0.8078.79"), "156.0.1.2"), None);
        assert_eq!(
            misfit(Chromium, Some("156.0.8078.79"), "120.0.6099.109").as_deref(),
            Some("chromedriver 120.0.6099.109 does not fit Chromium 156.0.8078.79: the first numbers must be equal")
        );
        // Without a browser there is nothing to fit.
        assert_eq!(misfit(Chromium, None, "120.0.6099.109"), None);
    }

    #[test]
    fn geckodriver_has_an_oldest_version() {
        for fits in ["0.36.0", "0.37.1", "1.0.0"] {
            assert_eq!(misfit(Firefox, Some("153.7.0esr"), fits), None, "{fits}");
        }
        for old in ["0.35.9", "0.9", "nonsense"] {
            assert!(misfit(Firefox, Some("153.7.0esr"), old).is_some(), "{old}");
        }
    }
}
