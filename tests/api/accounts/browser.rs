//! People's browsers, wherever they are.

use awc::http::header::COOKIE;
use serde_json::{Value, json};

use super::Person;
use crate::support::{Answer, TestApp, canary};

/// A browser at an address of the network, as a trusted proxy tells it. It keeps the cookie of known
/// devices, and no session.
pub struct Browser {
    from: String,
    device: Option<String>,
}

impl Browser {
    pub fn at(from: &str) -> Self {
        Self { from: from.to_owned(), device: None }
    }

    /// The same browser, elsewhere.
    pub fn moved(&self, from: &str) -> Self {
        Self { from: from.to_owned(), device: self.device.clone() }
    }

    /// What it keeps.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Keeps this instead.
    pub fn with_device(from: &str, device: &str) -> Self {
        Self { from: from.to_owned(), device: Some(device.to_owned()) }
    }

    pub async fn post(&mut self, app: &TestApp, path: &str, body: &Value) -> Answer {
        let request = awc::Client::builder().disable_timeout().finish();
        let request = request.post(app.url(&format!("/api/auth/{path}")));
        let mut request = request.insert_header(("x-forwarded-for", self.from.as_str()));
        if let Some(device) = &self.device {
            request = request.insert_header((COOKIE, format!("pool_device={device}")));
        }
        let answer = Answer::read(request.send_json(body).await.expect("an answer")).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            let device =
                cookie.strip_prefix("pool_device=").and_then(|rest| rest.split(';').next());
            self.device = device.map(str::to_owned).or(self.device.take());
        }
        answer
    }

    pub async fn login(&mut self, app: &TestApp, email: &str, password: &str) -> Answer {
        canary::release(password);
        self.post(app, "login", &json!({"email": email, "password": password})).await
    }

    /// Signs in, and so becomes a known device.
    pub async fn sign_in(&mut self, app: &TestApp, person: &Person) {
        let answer = self.login(app, &person.email, &person.password).await;
        super::session_of(&answer);
        assert!(self.device.is_some(), "it keeps the cookie");
    }

    pub async fn ask_for_code(&mut self, app: &TestApp, email: &str, purpose: &str) -> Answer {
        self.post(app, "send-code", &json!({"email": email, "purpose": purpose})).await
    }

    pub async fn login_by_code(&mut self, app: &TestApp, email: &str, code: &str) -> Answer {
        self.post(app, "login", &json!({"email": email, "code": code})).await
    }
}
