//! The same renewal in Firefox the ordinary way: fantoccini at geckodriver with a fresh profile, find and poll every 250 ms,
//! element click, keys, screenshots.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rinnova::browser::installed::Installed;
use rinnova::practice::{PASSWORD, PIN, outbox};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::clock::{ms, now};
use crate::scene::{Scene, USER};

type Fault = Box<dyn std::error::Error>;

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(250);

/// One run, milliseconds.
pub(crate) struct Run {
    /// From the start of the driver until the session was ready.
    pub(crate) start: f64,
    /// From the session ready to the last output.
    pub(crate) flow: f64,
}

/// Runs it once.
pub(crate) fn run(scene: &Scene) -> Result<Run, String> {
    let out = scene.fresh()?;
    let ran = scene.runtime.block_on(async {
        let (session, start) = open(&scene.firefox, &scene.firefox.driver).await?;
        let flow = renew(&session.client, scene, &out).await;
        session.close().await?;
        Ok::<_, Fault>(Run { start, flow: flow? })
    });
    let ran = ran.map_err(|error| format!("the ordinary way: {error}"))?;
    scene.check(&out, &out)?;
    Ok(ran)
}

/// Opens and closes a session with a fresh profile at the driver `program`.
pub(crate) fn fresh_session(scene: &Scene, program: &Path) -> Result<(), String> {
    let opened = scene.runtime.block_on(async {
        let (session, _) = open(&scene.firefox, program).await?;
        session.close().await
    });
    opened.map_err(|error| format!("a fresh session: {error}"))
}

struct Session {
    client: Client,
    driver: Child,
}

impl Session {
    async fn close(mut self) -> Result<(), Fault> {
        self.client.close().await?;
        if let Some(pid) =
            self.driver.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process_group(pid, rustix::process::Signal::TERM)?;
        }
        self.driver.wait().await?;
        Ok(())
    }
}

async fn open(installed: &Installed, program: &Path) -> Result<(Session, f64), Fault> {
    let began = now();
    let mut driver = Command::new(program)
        .args(["--host", "127.0.0.1", "--port", "0", "--websocket-port", "0", "--marionette-port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let stdout = driver.stdout.take().ok_or("the driver has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let port = loop {
        let line = lines.next_line().await?.ok_or("the driver ended at once")?;
        if let Some((_, port)) = line.split_once("Listening on 127.0.0.1:") {
            break port.trim().to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let options = json!({ "binary": installed.program, "args": ["-headless"] });
    let wanted: Capabilities = [("moz:firefoxOptions".to_owned(), options)].into_iter().collect();
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client =
        ClientBuilder::new(connector).capabilities(wanted).connect(&format!("http://127.0.0.1:{port}")).await?;
    Ok((Session { client, driver }, ms(began, now())))
}

/// A user of the driver's own commands.
struct Hand<'a> {
    client: &'a Client,
    out: &'a Path,
}

impl Hand<'_> {
    async fn find(&self, xpath: &str) -> Result<Element, Fault> {
        let found = self.client.wait().at_most(PATIENCE).every(POLL).for_element(Locator::XPath(xpath)).await;
        found.map_err(|error| format!("`{xpath}`: {error}").into())
    }

    async fn click(&self, xpath: &str) -> Result<(), Fault> {
        Ok(self.find(xpath).await?.click().await?)
    }

    async fn fill(&self, xpath: &str, text: &str) -> Result<(), Fault> {
        Ok(self.find(xpath).await?.send_keys(text).await?)
    }

    async fn read(&self, label: &str) -> Result<String, Fault> {
        Ok(self.find(&format!("//dt[contains(., '{label}')]/following-sibling::dd")).await?.text().await?)
    }

    async fn shot(&self, name: &str) -> Result<(), Fault> {
        let png = self.client.screenshot().await?;
        Ok(tokio::fs::write(self.out.join(format!("{name}.png")), png).await?)
    }
}

async fn renew(client: &Client, scene: &Scene, out: &Path) -> Result<f64, Fault> {
    let hand = Hand { client, out };
    let code = |sent: i64| outbox::latest_code(scene.practice.admin(), scene.practice.token(), USER, sent, PATIENCE);
    let sent = || i64::try_from(now() / 1000).unwrap_or(i64::MAX) - 1;
    viewport(client).await?;
    let ready = now();
    client.goto(scene.practice.mia_firma()).await?;
    hand.click("//button[.='Solo necessari']").await?;
    hand.fill("//input[@id='userId']", USER).await?;
    hand.fill("//input[@id='password']", PASSWORD).await?;
    hand.shot("login").await?;
    hand.click("//button[@id='accedi']").await?;

    hand.click("//button[contains(., 'Certificato di firma')]").await?;
    let before = hand.read("Data di scadenza").await?;
    hand.read("IUT").await?;
    hand.shot("certificate").await?;

    hand.click("//a[.='Torna alla homepage']").await?;
    let renew = hand.find("//button[contains(., 'Rinnova firma digitale')]").await?;
    hand.shot("home").await?;
    renew.click().await?;

    let open = hand.find("//button[.='Rinnova firma']").await?;
    hand.shot("open").await?;
    open.click().await?;

    hand.click("//input[@id='cgs']").await?;
    hand.click("//input[@id='dati']").await?;
    hand.fill("//input[@id='pin']", PIN).await?;
    hand.shot("consents").await?;
    let asked = sent();
    hand.click("//*[@id='pannello-1']//button[.='Conferma' and not(@disabled)]").await?;

    // The portal moves on from box to box by itself while the code is typed.
    let first = "[not(@hidden)]//input[@data-otp='0']";
    let boxes = hand.find(&format!("//*[@id='pannello-2']{first}")).await?;
    boxes.send_keys(&code(asked).await?).await?;
    hand.shot("sign").await?;
    hand.click("//*[@id='pannello-2']//button[.='Conferma' and not(@disabled)]").await?;

    hand.find("//*[@id='pannello-3'][not(@hidden)]").await?;
    hand.fill("//input[@id='nuovo-pin']", PIN).await?;
    hand.fill("//input[@id='conferma-pin']", PIN).await?;
    hand.shot("new-pin").await?;
    let asked = sent();
    hand.click("//*[@id='pannello-3']//button[.='Attiva il certificato' and not(@disabled)]").await?;

    let boxes = hand.find(&format!("//*[@id='pannello-4']{first}")).await?;
    boxes.send_keys(&code(asked).await?).await?;
    hand.shot("activate").await?;
    hand.click("//*[@id='pannello-4']//button[.='Conferma' and not(@disabled)]").await?;

    hand.find("//*[contains(., 'Il tuo certificato di Firma Remota è stato rinnovato')]").await?;
    hand.shot("done").await?;
    hand.click("//section//a[.='Torna alla homepage']").await?;

    hand.click("//button[contains(., 'Certificato di firma')]").await?;
    let after = hand.read("Data di scadenza").await?;
    hand.read("IUT").await?;
    hand.shot("certificate-2").await?;
    if before == after {
        return Err(format!("the date was {after} at both ends").into());
    }
    Ok(ms(ready, now()))
}

/// The same viewport as everyone's: the window is larger by its frame.
async fn viewport(client: &Client) -> Result<(), Fault> {
    client.set_window_size(1280, 800).await?;
    let inner = client.execute("return [1280 - innerWidth, 800 - innerHeight]", Vec::new()).await?;
    let more = |index: usize| inner[index].as_u64().and_then(|more| u32::try_from(more).ok()).unwrap_or(0);
    Ok(client.set_window_size(1280 + more(0), 800 + more(1)).await?)
}
