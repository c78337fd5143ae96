//! `rinnova demo`: both renewals of the practice portals in a real browser, with pictures and reports to look at.

use std::path::{Path, PathBuf};

use url::Url;

use crate::cli::{BrowserFlags, Demo, RunFlags};
use crate::command::attempt::{self, Asked};
use crate::command::{Context, Failure, give};
use crate::exit::Verdict;
use crate::flow::load;
use crate::practice::{Options, PASSWORD, PIN, Practice};
use crate::record::Record;
use crate::runner::job::Mode;
use crate::store;

/// The flows of this build: the demo runs wherever the program is.
const FLOWS: [(&str, &str, &str); 2] = [
    ("mysign", "JCPD0001", include_str!("../../flows/mysign.toml")),
    ("ncfr", "JZLF001", include_str!("../../flows/ncfr.toml")),
];

/// The flow of this name.
#[must_use]
pub fn flow(name: &str) -> Option<&'static str> {
    FLOWS.iter().find(|(flow, _, _)| *flow == name).map(|(_, _, text)| *text)
}

/// Of the flow whose portal is this one: its name, and the user of the practice portal that stands for it.
#[must_use]
pub fn practised(portal: &Url) -> Option<(&'static str, &'static str)> {
    let stands_for = |text: &str| load::parse("", text).is_ok_and(|loaded| loaded.flow.portal == *portal);
    FLOWS.iter().find(|(_, _, text)| stands_for(text)).map(|(name, user, _)| (*name, *user))
}

/// The origin of the practice portal for the flow of this name.
#[must_use]
pub fn origin<'a>(name: &str, practice: &'a Practice) -> &'a str {
    if name == "mysign" { practice.mia_firma() } else { practice.firma_remota() }
}

/// Runs both renewals and says where the pictures are.
///
/// # Errors
/// When the portals or a browser cannot be started, or nothing can be written.
pub async fn demo(asked: Demo, context: &Context) -> Result<Verdict, Failure> {
    let practice = Practice::start(Options::default()).await.map_err(Failure::failed)?;
    let secrets = store::temporary().map_err(Failure::failed)?;
    let settings = settings(&practice, secrets.path(), &asked.out)?;
    let context = Context {
        env: context.env.clone(),
        config: Some(settings),
        // The practice portals begin anew each time, and so does what is remembered of them.
        state: Some(secrets.path().join("state")),
        quiet: context.quiet,
        redactor: context.redactor.clone(),
    };
    let mut worst = Verdict::Done;
    let mut left = Vec::new();
    for (name, _, _) in FLOWS {
        let record = renewal(name, origin(name, &practice), &asked, &context).await?;
        if record.verdict != Verdict::Renewed {
            worst = record.verdict;
        }
        let stopped = matches!(record.verdict, Verdict::Interrupted | Verdict::Terminated);
        left.push((name, record));
        if stopped {
            break;
        }
    }
    practice.stop().await;
    for (name, record) in left {
        let pictures: usize = record.stages.iter().map(|stage| stage.shots.len()).sum();
        let folder = asked.out.join(name);
        give(&format!("{:<8} {:<9} {pictures} pictures in {}\n", name, record.verdict, folder.join("shots").display()));
        give(&format!("{:<18} report      {}\n", "", folder.join("report.html").display()));
    }
    Ok(worst)
}

async fn renewal(name: &str, portal: &str, asked: &Demo, context: &Context) -> Result<Record, Failure> {
    let flags = RunFlags {
        account: Some(name.to_owned()),
        portal: Some(portal.to_owned()),
        browser: BrowserFlags { browser: asked.browser.clone(), headed: asked.headed, ..BrowserFlags::default() },
        out: Some(asked.out.join(name)),
        ..RunFlags::default()
    };
    let asked = Asked {
        flow: flow_path(&asked.out, name),
        task: None,
        from: None,
        until: None,
        mode: Mode::Whole,
        verb: "demo",
        before: None,
        heal: false,
        baseline: None,
        persona: false,
        flags,
    };
    attempt::attempt(asked, context).await.map(|attempted| attempted.record)
}

/// Writes the flows into the demo's folder, and settings with the practice accounts' secrets into a folder that goes away
/// with this process.
fn settings(practice: &Practice, secrets: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::failed)?;
    for (name, value) in [("password", PASSWORD), ("pin", PIN), ("token", practice.token())] {
        store::write(&secrets.join(name), value.as_bytes()).map_err(Failure::failed)?;
    }
    let mut text = String::new();
    for (name, user, flow) in FLOWS {
        let path = flow_path(out, name);
        store::write_in(&path, flow.as_bytes()).map_err(Failure::invalid)?;
        let path = path.canonicalize().map_err(Failure::failed)?;
        let quoted = |path: &Path| serde_json::Value::from(path.display().to_string()).to_string();
        text.push_str(&format!(
            "[[account]]\nid = \"{name}\"\nflow = {flow}\n[account.inputs]\nuser_id = \"{user}\"\n\
             password = {{ file = {password} }}\npin = {{ file = {pin} }}\n\
             otp = {{ command = [{program}, \"practice\", \"code\", \"{user}\", \"--admin\", \"{admin}\", \"--token-file\", {token}] }}\n",
            flow = quoted(&path),
            password = quoted(&secrets.join("password")),
            pin = quoted(&secrets.join("pin")),
            program = quoted(&program),
            admin = practice.admin(),
            token = quoted(&secrets.join("token")),
        ));
    }
    let settings = secrets.join("rinnova.toml");
    store::write(&settings, text.as_bytes()).map_err(Failure::failed)?;
    Ok(settings)
}

fn flow_path(out: &Path, name: &str) -> PathBuf {
    out.join("flows").join(format!("{name}.toml"))
}
