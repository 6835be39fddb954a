//! Nobody is locked out by what others try at their account.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::browser::Browser;
use super::codes::noon;
use super::second_factor::Device;
use super::{Person, refusal, session_of, sign_up};
use crate::support::{Answer, Store, TestApp, both_stores};

const ANN: &str = "ann@example.org";
const NOBODY: &str = "nobody@example.org";
const ATTACKER: &str = "203.0.113.66";
const HOME: &str = "192.0.2.10";
const MINUTE: Duration = Duration::from_secs(60);

const BEHIND_A_PROXY: [&str; 1] = ["--trusted-proxies=127.0.0.1"];

fn rate_limited() -> (u16, String) {
    (429, "rate_limited".to_owned())
}

/// So many wrong passwords from this address; returns the statuses.
async fn guess(app: &TestApp, from: &str, email: &str, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(Browser::at(from).login(app, email, "a wrong password").await.status);
    }
    statuses
}

/// All of an answer but what differs between any two.
fn all_of(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let differs = ["date", "x-request-id"];
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().expect("text").to_owned()));
    let mut headers: Vec<_> =
        headers.filter(|(name, _)| !differs.contains(&name.as_str())).collect();
    headers.sort();
    (answer.status, headers, answer.json())
}

both_stores! {
    async fn seventeen_wrong_passwords_lock_only_their_network_out(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        let statuses = guess(&app, ATTACKER, ANN, 17).await;
        assert_eq!(statuses, [[401; 10].as_slice(), &[429; 7]].concat());
        let there = Browser::at(ATTACKER).login(&app, ANN, &ann.password).await;
        assert_eq!(refusal(&there), rate_limited(), "the network has had its tries");
        session_of(&Browser::at("198.51.100.7").login(&app, ANN, &ann.password).await);
        let beside = known.moved(ATTACKER).login(&app, ANN, &ann.password).await;
        assert_eq!(beside.status, 200, "a known device gets in from beside the attacker");
    }

    async fn addresses_of_one_customer_share_their_tries(app, BEHIND_A_PROXY) {
        sign_up(&app, ANN).await;
        let mut looked_at = 0;
        for subnet in 0..12 {
            let from = format!("2001:db8:1:{subnet:x}::1");
            let statuses = guess(&app, &from, ANN, 10).await;
            looked_at += statuses.iter().filter(|status| **status == 401).count();
        }
        assert_eq!(looked_at, 20, "of the /56");
    }

    async fn a_device_has_tries_of_its_own_and_no_more(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut phone = Browser::at(HOME);
        let mut laptop = Browser::at(HOME);
        phone.sign_in(&app, &ann).await;
        laptop.sign_in(&app, &ann).await;
        let stolen = phone.device().expect("a cookie").to_owned();
        for number in 0..10 {
            // Other addresses give it no new ones.
            let mut thief = Browser::with_device(&format!("198.51.{number}.1"), &stolen);
            assert_eq!(thief.login(&app, ANN, "a wrong password").await.status, 401);
        }
        let late = phone.login(&app, ANN, &ann.password).await;
        assert_eq!(refusal(&late), rate_limited());
        laptop.sign_in(&app, &ann).await;
    }

    async fn a_device_is_known_to_its_account_only(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let bob = sign_up(&app, "bob@example.org").await;
        let mut bobs = Browser::at(ATTACKER);
        bobs.sign_in(&app, &bob).await;
        let value = bobs.device().expect("a cookie").to_owned();
        let forged = value.replacen(value.get(..1).expect("a digit"), "9", 1);
        guess(&app, ATTACKER, ANN, 10).await;
        for odd in [&value, &forged, "1.2.3", ""] {
            let answer =
                Browser::with_device(ATTACKER, odd).login(&app, ANN, &ann.password).await;
            assert_eq!(refusal(&answer), rate_limited(), "{odd}");
        }
        app.app.clock.advance(Duration::from_secs(91 * 86_400));
        guess(&app, ATTACKER, "bob@example.org", 11).await;
        let mut old = Browser::with_device(ATTACKER, &value);
        let late = old.login(&app, &bob.email, &bob.password).await;
        assert_eq!(refusal(&late), rate_limited(), "its time is over");
    }

    async fn the_cookie_is_out_of_reach_and_opens_nothing(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        let answer = known.login(&app, ANN, &ann.password).await;
        session_of(&answer);
        let cookies = answer.headers.get_all("set-cookie");
        let cookies: Vec<&str> = cookies.map(|it| it.to_str().expect("text")).collect();
        let cookie = cookies.iter().find(|it| it.starts_with("pool_device=")).expect("it is set");
        for part in ["HttpOnly", "SameSite=Strict", "Path=/api/auth", "Max-Age=7776000"] {
            assert!(cookie.split("; ").any(|it| it == part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("ann"), "{cookie}");
        for path in ["sign", "key/reveal", "logout", "change-password"] {
            assert_eq!(known.post(&app, path, &json!({})).await.status, 401, "{path}");
        }
        let value = known.device().expect("a cookie").to_owned();
        assert_eq!(app.call("GET", "/api/auth/profile", &value, None).await.status, 401);
    }

    async fn many_who_guess_only_slow_strangers_down(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        for network in 0..2 {
            guess(&app, &format!("198.51.{network}.1"), ANN, 10).await;
        }
        let begun = Instant::now();
        session_of(&Browser::at("192.0.2.99").login(&app, ANN, &ann.password).await);
        let slow = begun.elapsed();
        assert!((Duration::from_secs(1)..Duration::from_secs(3)).contains(&slow), "{slow:?}");
        let begun = Instant::now();
        known.sign_in(&app, &ann).await;
        assert!(begun.elapsed() < Duration::from_secs(1), "a known device waits for nobody");
    }

    async fn wrong_codes_count_where_one_was_mailed_only(app, BEHIND_A_PROXY) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        for _ in 0..17 {
            let answer = Browser::at(ATTACKER).login_by_code(&app, ANN, "000000").await;
            assert_eq!(refusal(&answer), (401, "wrong_credentials".to_owned()));
        }
        let mut owner = Browser::at(HOME);
        assert_eq!(owner.ask_for_code(&app, ANN, "login").await.status, 200);
        let code = app.mail_to(ANN).await.code();
        for _ in 0..17 {
            Browser::at(ATTACKER).login_by_code(&app, ANN, "none").await;
        }
        session_of(&owner.login_by_code(&app, ANN, &code).await);
    }

    async fn strangers_spend_none_of_the_owner_s_mails(
        app, ["--trusted-proxies=127.0.0.1", "--rate-limit-requests=1000"]
    ) {
        noon(&app);
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        app.app.clock.advance(MINUTE);
        assert_eq!(known.ask_for_code(&app, ANN, "login").await.status, 200);
        let code = app.mail_to(ANN).await.code();
        // Theirs takes the place of no code of the owner's.
        for network in 0..12 {
            let mut stranger = Browser::at(&format!("198.51.{network}.1"));
            stranger.ask_for_code(&app, ANN, "login").await;
            stranger.login_by_code(&app, ANN, "none").await;
            app.app.clock.advance(Duration::from_secs(if network < 9 { 61 } else { 1 }));
        }
        let late = Browser::at("198.51.99.1").ask_for_code(&app, ANN, "login").await;
        assert_eq!(refusal(&late), rate_limited(), "strangers have had the day's ten");
        session_of(&known.login_by_code(&app, ANN, &code).await);
        let again = known.ask_for_code(&app, ANN, "login").await;
        assert_eq!(again.status, 200, "{}", again.text());
    }

    async fn a_network_has_half_of_the_mails_of_an_address(
        app, ["--trusted-proxies=127.0.0.1", "--rate-limit-requests=1000"]
    ) {
        noon(&app);
        for mail in 0..5 {
            let mut here = Browser::at(&format!("203.0.113.{mail}"));
            assert_eq!(here.ask_for_code(&app, ANN, "login").await.status, 200);
            app.app.clock.advance(Duration::from_secs(61));
        }
        let sixth = Browser::at(ATTACKER).ask_for_code(&app, ANN, "login").await;
        assert_eq!(refusal(&sixth), rate_limited());
        assert_eq!(Browser::at(HOME).ask_for_code(&app, ANN, "login").await.status, 200);
    }

    async fn guesses_at_the_second_factor_lock_no_device_out(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        let device = Device::set_up(&app, &ann).await;
        let body = |code: &str| json!({"email": ANN, "password": ann.password, "totp": code});
        for network in 0..4 {
            for _ in 0..10 {
                let mut thief = Browser::at(&format!("198.51.{network}.1"));
                let status = thief.post(&app, "login", &body("none")).await.status;
                assert_eq!(status, if network < 3 { 401 } else { 429 }, "{network}");
            }
        }
        let code = device.next_code(&app);
        let far = Browser::at("192.0.2.200").post(&app, "login", &body(&code)).await;
        assert_eq!(refusal(&far), rate_limited(), "whoever has the password guesses no more");
        let code = device.next_code(&app);
        session_of(&known.post(&app, "login", &body(&code)).await);
        let off = json!({"code": device.next_code(&app)});
        assert_eq!(ann.post(&app, "totp/disable", &off).await.status, 200);
    }

    async fn strangers_spend_no_tries_of_who_is_signed_in(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        guess(&app, "127.0.0.1", ANN, 17).await;
        let body = json!({"currentPassword": ann.password, "newPassword": "another password"});
        assert_eq!(ann.post(&app, "change-password", &body).await.status, 200);
        let wrong = json!({"currentPassword": "a wrong one", "newPassword": "another password"});
        for _ in 0..10 {
            assert_eq!(ann.post(&app, "change-password", &wrong).await.status, 401);
        }
        assert_eq!(ann.post(&app, "change-password", &wrong).await.status, 429, "by session");
    }

    async fn nothing_tells_whether_there_is_an_account(app, BEHIND_A_PROXY) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let mut seen = Vec::new();
        for (network, email) in [("203.0.113.1", ANN), ("198.51.100.1", NOBODY)] {
            let mut answers = Vec::new();
            for _ in 0..12 {
                answers.push(Browser::at(network).login(&app, email, "a wrong password").await);
            }
            for _ in 0..3 {
                answers.push(Browser::at(network).login_by_code(&app, email, "000000").await);
            }
            for purpose in ["login", "reset"] {
                answers.push(Browser::at(network).ask_for_code(&app, email, purpose).await);
            }
            for _ in 0..7 {
                answers.push(Browser::at(network).login_by_code(&app, email, "none").await);
            }
            let reset = json!({"email": email, "code": "none", "password": "a long password"});
            answers.push(Browser::at(network).post(&app, "reset-password", &reset).await);
            seen.push(answers.iter().map(all_of).collect::<Vec<_>>());
        }
        for (ours, theirs) in seen[0].iter().zip(&seen[1]) {
            let without_rate = |it: &(u16, Vec<(String, String)>, Value)| {
                let headers = it.1.iter().filter(|(name, _)| name != "x-ratelimit-reset");
                (it.0, headers.cloned().collect::<Vec<_>>(), it.2.clone())
            };
            assert_eq!(without_rate(ours), without_rate(theirs));
        }
    }
}

/// Over one Redis a network has its tries once, and each process knows the other's devices.
#[actix_web::test]
async fn processes_share_tries_and_devices() {
    let one = TestApp::start(Store::Postgres, &BEHIND_A_PROXY).await;
    let other = TestApp::start_in(one.home.twin(), &BEHIND_A_PROXY).await;
    let ann: Person = sign_up(&one, ANN).await;
    let mut known = Browser::at(HOME);
    known.sign_in(&one, &ann).await;
    let mut looked_at = 0;
    for number in 0..20 {
        let app = if number % 2 == 0 { &one } else { &other };
        let status = Browser::at(ATTACKER).login(app, ANN, "a wrong password").await.status;
        looked_at += usize::from(status == 401);
    }
    assert_eq!(looked_at, 10);
    for app in [&one, &other] {
        session_of(&Browser::at("198.51.100.7").login(app, ANN, &ann.password).await);
        session_of(&known.moved(ATTACKER).login(app, ANN, &ann.password).await);
    }
    other.stop().await;
    one.stop().await;
}
