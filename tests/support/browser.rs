//! A browser under test: the page script asked in our own world by the session's own lane, or in the page's world.

use std::time::Duration;

use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use rinnova::browser::bidi::Bidi;
use rinnova::browser::capabilities::{self, Options};
use rinnova::browser::cdp::Cdp;
use rinnova::browser::driver::Driver;
use rinnova::browser::installed;
use rinnova::browser::lane::{Lane, Point};
use rinnova::browser::script::AGENT;
use rinnova::browser::workdir::{self, Workdir};
use rinnova::settings::BrowserName;
use rinnova::stop::{Stop, Stopper, channel};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(30);

/// A browser under test.
pub struct Browser {
    pub name: BrowserName,
    pub lane: Lane,
    pub client: Client,
    driver: Driver,
    _folder: Workdir,
    stop: Stop,
    _stopper: Stopper,
}

impl Browser {
    /// Starts it; `None`, with a word, where this machine has none.
    pub async fn start(name: BrowserName) -> Option<Self> {
        Self::of(Options { browser: name, ..Options::default() }).await
    }

    /// The same with a viewport of this size.
    pub async fn sized(name: BrowserName, (width, height): (u32, u32)) -> Option<Self> {
        Self::of(Options { browser: name, width, height, ..Options::default() }).await
    }

    /// The same with so many device pixels for each of the page's.
    pub async fn scaled(name: BrowserName, scale: u32) -> Option<Self> {
        Self::of(Options { browser: name, scale, ..Options::default() }).await
    }

    async fn of(options: Options) -> Option<Self> {
        let name = options.browser;
        let installed = match installed::find(name) {
            Ok(installed) => installed,
            Err(why) => {
                println!("skipped: {why}");
                return None;
            }
        };
        let folder = Workdir::create(&workdir::base()).expect("a folder");
        let (profile, downloads) =
            (folder.subdir("profile").expect("a profile"), folder.subdir("downloads").expect("a folder"));
        let driver = Driver::start(&installed, folder.path()).await.expect("a driver");
        let wanted = capabilities::owned(&options, &installed, &profile, &downloads);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.into_iter().collect())
            .connect(driver.url())
            .await
            .expect("a session");
        let window = String::from(client.window().await.expect("a window"));
        let (stopper, stop) = channel();
        let held = stop.clone();
        let viewport = options.viewport();
        let lane = match name {
            BrowserName::Chromium => {
                Lane::Cdp(Cdp::connect(&profile, window, viewport, downloads, stop).await.expect("a lane"))
            }
            BrowserName::Firefox => {
                let answer = client.capabilities().cloned().unwrap_or_default();
                let socket = answer.get("webSocketUrl").and_then(Value::as_str).expect("a socket").to_owned();
                Lane::Bidi(Bidi::connect(&socket, window, viewport, stop).await.expect("a lane"))
            }
        };
        Some(Self { name, lane, client, driver, _folder: folder, stop: held, _stopper: stopper })
    }

    /// Loads a page anew, whatever its fragment.
    pub async fn open(&mut self, url: &str) {
        self.lane.open("about:blank", LIMIT).await.expect("a blank page");
        self.lane.open(url, LIMIT).await.expect("the page");
        self.script("return document.readyState === 'complete' || new Promise((done) => addEventListener('load', () => done(1)))").await;
    }

    /// The wish to stop, which nobody has.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Loads a page where the lane is in other hands.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page");
        self.script("return document.readyState === 'complete' || new Promise((done) => addEventListener('load', () => done(1)))").await;
    }

    /// Asks the page script in our own world.
    pub async fn ask(&mut self, request: Value) -> Value {
        let answer = self.lane.ask(&request.to_string(), LIMIT).await.expect("an answer");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Asks it in the page's own world, as through a grid.
    pub async fn ask_in_page(&self, request: Value) -> Value {
        let answer = self.script_with(&format!("return ({AGENT})(arguments[0])"), json!([request.to_string()])).await;
        answer.as_str().map_or(answer.clone(), |text| serde_json::from_str(text).expect("JSON"))
    }

    /// Asks it in the page's own world past the driver's own script, which a page can break; Chromium alone.
    pub async fn ask_in_world(&self, request: Value) -> Value {
        let expression = format!("({AGENT})({})", json!(request.to_string()));
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self
            .command("POST", "goog/cdp/execute", Some(json!({ "cmd": "Runtime.evaluate", "params": params })))
            .await;
        serde_json::from_str(answer["result"]["value"].as_str().unwrap_or_else(|| panic!("{answer}"))).expect("JSON")
    }

    /// Runs a script of the page's own.
    pub async fn script(&self, code: &str) -> Value {
        self.script_with(code, json!([])).await
    }

    /// The same where the page may be about to go: a script ends with its page.
    pub async fn try_script(&self, code: &str) -> Result<Value, CmdError> {
        self.try_command("POST", "execute/sync", Some(json!({ "script": code, "args": [] }))).await
    }

    pub async fn script_with(&self, code: &str, arguments: Value) -> Value {
        self.command("POST", "execute/sync", Some(json!({ "script": code, "args": arguments }))).await
    }

    /// Presses where an answer says.
    pub async fn press(&mut self, answer: &Value) {
        let point: Point = serde_json::from_value(answer["point"].clone()).expect("a point");
        self.lane.press(point, false, 1, LIMIT).await.expect("a click");
    }

    /// A PNG of the viewport.
    pub async fn picture(&mut self) -> Vec<u8> {
        self.lane.picture(LIMIT).await.expect("a picture").png().expect("a PNG")
    }

    /// A WebDriver command by its path.
    pub async fn command(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.try_command(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_command(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, CmdError> {
        let command = Plain { method: method.parse().expect("a method"), path: path.into(), body };
        self.client.issue_cmd(command).await
    }

    pub async fn close(self) {
        let _ended = tokio::time::timeout(Duration::from_secs(5), self.client.close()).await;
        self.driver.kill().await;
    }
}

/// Any command.
#[derive(Debug)]
struct Plain {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Plain {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
