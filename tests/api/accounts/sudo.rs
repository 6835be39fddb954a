//! Sudo: a session shows once more who its user is before what carries secrets or grants power.

use std::time::Duration;

use serde_json::{Value, json};

use super::second_factor::{Device, administrator};
use super::{
    Person, login, login_by_code, mailed_code, post, refusal, session_of, sign_in_again, sign_up,
};
use crate::support::{Answer, TestApp, both_stores};

const ANN: &str = "ann@example.org";

/// Long enough for sudo to have ended.
const LATER: Duration = Duration::from_secs(301);

/// Something that takes sudo.
async fn make_token(app: &TestApp, person: &Person) -> (u16, String) {
    let body = json!({"name": "made"});
    let made = app.call("POST", "/admin/tokens", &person.session, Some(&body)).await;
    (made.status, if made.status == 201 { String::new() } else { made.code() })
}

async fn show(app: &TestApp, person: &Person, proof: Value) -> Answer {
    person.post(app, "sudo", &proof).await
}

fn asked() -> (u16, String) {
    (403, "sudo_required".to_owned())
}

fn done() -> (u16, String) {
    (201, String::new())
}

both_stores! {
    async fn five_minutes_by_the_clock_and_in_this_session_only(app) {
        let ann = administrator(&app).await;
        let other = sign_in_again(&app, &ann).await;
        assert_eq!((make_token(&app, &ann).await, make_token(&app, &other).await), (done(), done()), "both have just shown a password");
        app.app.clock.advance(LATER);
        assert_eq!((make_token(&app, &ann).await, make_token(&app, &other).await), (asked(), asked()));
        assert_eq!(ann.get(&app, "sudo").await.json(), json!({"by": "password", "until": null}));
        assert_eq!(refusal(&show(&app, &ann, json!({"password": "a wrong password"})).await), (401, "wrong_credentials".into()));
        assert_eq!(show(&app, &ann, json!({"code": "123456"})).await.status, 422);
        assert_eq!(make_token(&app, &ann).await, asked(), "still");
        let shown = show(&app, &ann, json!({"password": ann.password})).await;
        assert_eq!((shown.status, &shown.json()["by"]), (200, &json!("password")));
        assert_eq!(ann.get(&app, "sudo").await.json()["until"], shown.json()["until"]);
        assert_eq!((make_token(&app, &ann).await, make_token(&app, &other).await), (done(), asked()), "no other session");
        app.app.clock.advance(Duration::from_secs(299));
        assert_eq!(make_token(&app, &ann).await, done());
        app.app.clock.advance(Duration::from_secs(1));
        assert_eq!(make_token(&app, &ann).await, asked(), "using it doesn't lengthen it");
        assert_eq!(app.admin("POST", "/admin/tokens", &json!({"name": "x"})).await.status, 201, "the admin token needs none");
    }

    async fn with_a_second_factor_the_password_is_not_enough(app) {
        let ann = administrator(&app).await;
        let device = Device::set_up(&app, &ann).await;
        assert_eq!(make_token(&app, &ann).await, asked(), "what was shown before it doesn't count");
        assert_eq!(ann.get(&app, "sudo").await.json()["by"], "totp");
        assert_eq!(refusal(&show(&app, &ann, json!({"password": ann.password})).await), (401, "totp_required".into()));
        assert_eq!(refusal(&show(&app, &ann, json!({"code": "000000"})).await), (401, "totp_wrong".into()));
        assert_eq!(make_token(&app, &ann).await, asked());
        let code = device.next_code(&app);
        assert_eq!(show(&app, &ann, json!({"code": code})).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, done());
        assert_eq!(refusal(&show(&app, &ann, json!({"code": code})).await), (401, "totp_wrong".into()), "used");
        // Signing in with a code shows one, too.
        let body = json!({"email": ANN, "password": ann.password, "totp": device.next_code(&app)});
        let session = session_of(&post(&app, "login", &body).await);
        let again = Person { email: ANN.to_owned(), password: ann.password.clone(), session };
        assert_eq!(make_token(&app, &again).await, done());
    }

    async fn it_ends_with_the_password_and_the_second_factor(app) {
        let ann = administrator(&app).await;
        let change = json!({"currentPassword": ann.password, "newPassword": "another password"});
        crate::support::canary::release("another password");
        assert_eq!(make_token(&app, &ann).await, done());
        assert_eq!(ann.post(&app, "change-password", &change).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, asked());
        assert_eq!(show(&app, &ann, json!({"password": "another password"})).await.status, 200);
        let ann = Person { password: "another password".to_owned(), ..ann };
        let device = Device::set_up(&app, &ann).await;
        assert_eq!(make_token(&app, &ann).await, asked());
        assert_eq!(show(&app, &ann, json!({"code": device.next_code(&app)})).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, done());
        let path = format!("/admin/users/{}/totp", ann.id(&app).await);
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, asked());
        assert_eq!(show(&app, &ann, json!({"password": ann.password})).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, done());
        assert_eq!(ann.post(&app, "logout", &json!({})).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, (401, "not_signed_in".to_owned()));
    }

    async fn guesses_have_an_end_and_close_no_sign_in(app, ["--bcrypt-cost=4"]) {
        let ann = administrator(&app).await;
        for _ in 0..10 {
            assert_eq!(show(&app, &ann, json!({"password": "a wrong password"})).await.status, 401);
        }
        let right = json!({"password": ann.password});
        assert_eq!(refusal(&show(&app, &ann, right).await), (429, "rate_limited".into()));
        assert_eq!(login(&app, ANN, &ann.password).await.status, 200, "its owner signs in elsewhere");
    }

    async fn guesses_at_codes_have_an_end_and_close_no_sign_in(app, ["--bcrypt-cost=4"]) {
        let ann = administrator(&app).await;
        let device = Device::set_up(&app, &ann).await;
        for _ in 0..10 {
            assert_eq!(show(&app, &ann, json!({"code": "000000"})).await.status, 401);
        }
        let right = json!({"code": device.next_code(&app)});
        assert_eq!(refusal(&show(&app, &ann, right).await), (429, "rate_limited".into()));
        let body = json!({"email": ANN, "password": ann.password, "totp": device.next_code(&app)});
        assert_eq!(post(&app, "login", &body).await.status, 200, "its owner signs in elsewhere");
    }

    async fn a_code_by_mail_is_no_proof(app) {
        let ann = app.admin("POST", "/admin/users", &json!({"email": ANN, "role": "admin"})).await;
        assert_eq!(ann.status, 201);
        let code = mailed_code(&app, ANN, "login").await;
        let session = session_of(&login_by_code(&app, ANN, &code).await);
        let ann = Person { email: ANN.to_owned(), password: String::new(), session };
        assert_eq!(app.call("GET", "/admin/stats", &ann.session, None).await.status, 200);
        assert_eq!(make_token(&app, &ann).await, asked());
        assert_eq!(ann.get(&app, "sudo").await.json(), json!({"by": "nothing", "until": null}));
        assert_eq!(show(&app, &ann, json!({"password": "is there one?"})).await.status, 401);
    }

    async fn ones_own_account_needs_the_second_factor_besides(app) {
        let ann = sign_up(&app, ANN).await;
        let device = Device::set_up(&app, &ann).await;
        let change = json!({"currentPassword": ann.password, "newPassword": ann.password});
        let leave = json!({"password": ann.password});
        assert_eq!(refusal(&ann.post(&app, "change-password", &change).await), asked());
        assert_eq!(refusal(&ann.call(&app, "DELETE", "account", &leave).await), asked());
        assert_eq!(show(&app, &ann, json!({"code": device.next_code(&app)})).await.status, 200);
        let wrong = json!({"currentPassword": "a wrong one", "newPassword": ann.password});
        assert_eq!(ann.post(&app, "change-password", &wrong).await.status, 401, "and the password");
        assert_eq!(ann.post(&app, "change-password", &change).await.status, 200);
        assert_eq!(refusal(&ann.call(&app, "DELETE", "account", &leave).await), asked(), "it has ended");
    }
}
