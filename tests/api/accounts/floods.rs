//! However much strangers ask, everyone else signs in.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::browser::Browser;
use super::doors::set;
use super::{refusal, session_of, sign_up};
use crate::support::{Store, TestApp, both_stores};

const ANN: &str = "ann@example.org";
const HOME: &str = "192.0.2.10";

/// What any other sign-in may take meanwhile.
const SOON: Duration = Duration::from_secs(3);

const BEHIND_A_PROXY: [&str; 1] = ["--trusted-proxies=127.0.0.1"];

/// Three sign-ins from each of 102 subnets of one customer; returns how many were looked at.
async fn flood(app: &[&TestApp]) -> usize {
    let mut looked_at = 0;
    for subnet in 0..102 {
        let from = format!("2001:db8:1:{subnet:x}::1");
        let tries = (0..3).map(async |number| {
            let app = app[(subnet + number) % app.len()];
            let email = format!("{subnet}-{number}@example.org");
            Browser::at(&from).login(app, &email, "a wrong password").await.status
        });
        looked_at += join_all(tries).await.iter().filter(|status| **status == 401).count();
    }
    looked_at
}

/// A /56 has twice what a /64 has, and what comes back meanwhile: one in five seconds.
fn assert_twice(looked_at: usize) {
    assert!((120..130).contains(&looked_at), "{looked_at}");
}

both_stores! {
    async fn many_subnets_of_one_customer_keep_nobody_out(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        set(&app, json!({"account_requests_overall": 150})).await;
        assert_twice(flood(&[&app]).await);
        let begun = Instant::now();
        for network in 0..5 {
            let from = format!("198.51.{network}.1");
            session_of(&Browser::at(&from).login(&app, ANN, &ann.password).await);
        }
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }

    async fn when_all_passwords_are_spent_some_still_get_in(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        set(&app, json!({"account_requests_overall": 6, "sign_in_attempts": 1000})).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        for network in 0..5 {
            let from = format!("198.51.{network}.1");
            let answer = Browser::at(&from).login(&app, "bob@example.org", "a wrong one").await;
            assert_eq!(answer.status, 401);
        }
        for beyond in 0..4 {
            let from = format!("203.0.113.{beyond}");
            let answer = Browser::at(&from).login(&app, "eve@example.org", "a wrong one").await;
            assert_eq!(answer.status, if beyond < 3 { 401 } else { 429 }, "reserved: {beyond}");
        }
        let spent = Browser::at("203.0.113.9").login(&app, ANN, &ann.password).await;
        assert_eq!(refusal(&spent), (429, "rate_limited".to_owned()));
        assert!(spent.header("retry-after").is_some());
        session_of(&Browser::at("192.0.2.77").login(&app, ANN, &ann.password).await);
        session_of(&known.moved("203.0.113.9").login(&app, ANN, &ann.password).await);
    }

    async fn a_known_device_doesn_t_share_its_network_s_requests(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        set(&app, json!({"account_requests_per_ip": 3})).await;
        for _ in 0..4 {
            Browser::at(HOME).login(&app, "bob@example.org", "a wrong one").await;
        }
        assert_eq!(Browser::at(HOME).login(&app, ANN, &ann.password).await.status, 429);
        known.sign_in(&app, &ann).await;
    }

    /// What costs neither mail nor hashing isn't counted for everyone together.
    async fn cheap_requests_spend_nobody_s_passwords(app, BEHIND_A_PROXY) {
        set(&app, json!({"account_requests_overall": 4})).await;
        for network in 0..12 {
            let mut stranger = Browser::at(&format!("198.51.{network}.1"));
            let body = json!({"email": ANN, "code": "000000", "password": "a long password"});
            for path in ["register", "reset-password"] {
                assert_eq!(stranger.post(&app, path, &body).await.status, 422);
            }
            assert_eq!(stranger.login_by_code(&app, ANN, "000000").await.status, 401);
        }
        for number in 0..8 {
            let answer = Browser::at(HOME).login(&app, ANN, "a wrong password").await;
            assert_eq!(answer.status, if number < 7 { 401 } else { 429 }, "four and the reserve");
        }
    }

    async fn sign_ups_with_no_code_delay_no_sign_in(
        app, ["--trusted-proxies=127.0.0.1", "--bcrypt-cost=8"]
    ) {
        let ann = sign_up(&app, ANN).await;
        let bogus = (0..120).map(async |number| {
            let body = json!({"email": format!("{number}@example.org"), "code": "123456",
                "password": "a long password"});
            Browser::at(&format!("198.{number}.0.1")).post(&app, "register", &body).await.status
        });
        let sign_in = async {
            let begun = Instant::now();
            session_of(&Browser::at(HOME).login(&app, ANN, &ann.password).await);
            begun.elapsed()
        };
        let (statuses, took) = tokio::join!(join_all(bogus), sign_in);
        assert!(statuses.iter().all(|status| *status == 422), "{statuses:?}");
        assert!(took < SOON, "{took:?}");
    }

    async fn one_network_mails_few_codes_whatever_addresses_it_names(app, BEHIND_A_PROXY) {
        let ann = sign_up(&app, ANN).await;
        let mut known = Browser::at(HOME);
        known.sign_in(&app, &ann).await;
        app.app.clock.advance(Duration::from_secs(60));
        set(&app, json!({"account_mails_per_ip": 3, "account_mails_overall": 6})).await;
        let ask = async |from: &str, number: usize| {
            let email = format!("victim-{number}@example.org");
            Browser::at(from).ask_for_code(&app, &email, "register").await
        };
        for number in 0..4 {
            let status = ask("203.0.113.66", number).await.status;
            assert_eq!(status, if number < 3 { 200 } else { 429 });
        }
        assert_eq!(ask("198.51.100.1", 10).await.status, 200, "another network");
        for number in 11..16 {
            ask(&format!("198.51.{number}.1"), number).await;
        }
        let all = ask("192.0.2.200", 20).await;
        assert_eq!(refusal(&all), (429, "rate_limited".to_owned()), "all together");
        assert!(all.header("retry-after").is_some());
        assert_eq!(known.ask_for_code(&app, ANN, "login").await.status, 200, "a known device");
    }
}

/// Over one Redis the flood has one allowance, and both processes let everyone else in.
#[actix_web::test]
async fn processes_share_the_flood() {
    let one = TestApp::start(Store::Postgres, &BEHIND_A_PROXY).await;
    let other = TestApp::start_in(one.home.twin(), &BEHIND_A_PROXY).await;
    let ann = sign_up(&one, ANN).await;
    assert_twice(flood(&[&one, &other]).await);
    for app in [&one, &other] {
        let begun = Instant::now();
        session_of(&Browser::at(HOME).login(app, ANN, &ann.password).await);
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    }
    other.stop().await;
    one.stop().await;
}
