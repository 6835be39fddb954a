//! Accounts, as people use them: sign-up, sign-in, check-in, and what is theirs.

pub mod admin_session;
mod administrators;
mod audited;
mod browser;
mod check_in;
mod codes;
mod cookies;
mod doors;
mod ending;
mod floods;
mod lockout;
mod own;
pub mod recovery;
pub mod second_factor;
mod sessions;
mod sign_in;
mod sudo;
mod timing;
mod walk;

use serde_json::{Value, json};

use crate::support::mail::Mail;
use crate::support::{Answer, TestApp, canary};

/// Someone who has signed up.
pub struct Person {
    pub email: String,
    pub password: String,
    /// The token of their session.
    pub session: String,
}

/// A POST to `/api/auth` by nobody.
async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.call("POST", &format!("/api/auth/{path}"), "", Some(body)).await
}

/// Asks for a code and reads it from the mail.
pub async fn mailed_code(app: &TestApp, email: &str, purpose: &str) -> String {
    let asked = post(app, "send-code", &json!({"email": email, "purpose": purpose})).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(asked.json(), json!({"success": true}));
    app.mail_to(email).await.code()
}

/// A mail that tells of something, and brings no code.
fn is_news(mail: &Mail) -> bool {
    let mut words = mail.text.split_whitespace();
    !words.any(|word| word.len() == 6 && word.bytes().all(|digit| digit.is_ascii_digit()))
}

async fn register(app: &TestApp, email: &str, code: &str, password: &str) -> Answer {
    canary::release(password);
    let body = json!({"email": email, "code": code, "password": password});
    post(app, "register", &body).await
}

/// A token of a session, out of an answer.
fn session_of(answer: &Answer) -> String {
    assert!(answer.status < 300, "{}", answer.text());
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    canary::release(&token);
    token
}

pub async fn sign_up(app: &TestApp, email: &str) -> Person {
    let code = mailed_code(app, email, "register").await;
    let password = format!("{email} and a password");
    let session = session_of(&register(app, email, &code, &password).await);
    Person { email: email.to_owned(), password, session }
}

/// The same person, signed in once more.
pub async fn sign_in_again(app: &TestApp, person: &Person) -> Person {
    let session = session_of(&login(app, &person.email, &person.password).await);
    Person { email: person.email.clone(), password: person.password.clone(), session }
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    canary::release(password);
    post(app, "login", &json!({"email": email, "password": password})).await
}

async fn login_by_code(app: &TestApp, email: &str, code: &str) -> Answer {
    post(app, "login", &json!({"email": email, "code": code})).await
}

/// Status and code of an error.
fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

impl Person {
    pub async fn get(&self, app: &TestApp, path: &str) -> Answer {
        app.call("GET", &format!("/api/auth/{path}"), &self.session, None).await
    }

    async fn call(&self, app: &TestApp, method: &str, path: &str, body: &Value) -> Answer {
        app.call(method, &format!("/api/auth/{path}"), &self.session, Some(body)).await
    }

    pub async fn post(&self, app: &TestApp, path: &str, body: &Value) -> Answer {
        self.call(app, "POST", path, body).await
    }

    async fn profile(&self, app: &TestApp) -> Value {
        let answer = self.get(app, "profile").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["user"].clone()
    }

    pub async fn id(&self, app: &TestApp) -> i64 {
        self.profile(app).await["id"].as_i64().expect("an id")
    }

    async fn key(&self, app: &TestApp) -> String {
        let answer = self.post(app, "key/reveal", &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let key = answer.json()["token"].as_str().expect("a key").to_owned();
        canary::release(&key);
        key
    }

    /// Signed in, or what is answered instead.
    async fn standing(&self, app: &TestApp) -> u16 {
        self.get(app, "profile").await.status
    }
}

/// Status and code of a chat with this key.
async fn chat(app: &TestApp, key: &str) -> (u16, String) {
    let body = json!({"model": "llama3.2", "messages": []});
    let answer = app.call("POST", "/v1/chat/completions", key, Some(&body)).await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}
