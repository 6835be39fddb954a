//! Deleting one's own account.

use std::time::Duration;

use serde_json::json;

use super::{chat, is_news, login, mailed_code, refusal, register, sign_up};
use crate::support::both_stores;

const ANN: &str = "ann@example.org";

both_stores! {
    async fn an_account_goes_with_all_that_is_its_own(app) {
        app.add_key("sk-upstream-0000001").await;
        let (ann, bob) = (sign_up(&app, ANN).await, sign_up(&app, "bob@example.org").await);
        let key = ann.key(&app).await;
        assert_eq!(chat(&app, &key).await.0, 200);
        let wrong = ann.call(&app, "DELETE", "account", &json!({"password": "a wrong one"})).await;
        assert_eq!(refusal(&wrong), (401, "wrong_credentials".into()));
        assert_eq!(ann.call(&app, "DELETE", "account", &json!({})).await.status, 422);
        let gone = ann.call(&app, "DELETE", "account", &json!({"password": ann.password})).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"success": true})));
        assert!(is_news(&app.mail_to(ANN).await), "a mail tells of it");
        assert_eq!(ann.standing(&app).await, 401);
        assert_eq!(chat(&app, &key).await, (401, "invalid_api_key".into()));
        assert_eq!(refusal(&login(&app, ANN, &ann.password).await), (401, "wrong_credentials".into()));
        assert_eq!(bob.standing(&app).await, 200, "nobody else's");
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "register").await;
        assert_eq!(register(&app, ANN, &code, "another password").await.status, 201, "anew");
    }

    async fn a_code_will_do_instead_of_the_password(app) {
        let ann = sign_up(&app, ANN).await;
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "login").await;
        let wrong = ann.call(&app, "DELETE", "account", &json!({"code": "x"})).await;
        assert_eq!(refusal(&wrong), (422, "wrong_code".into()));
        assert_eq!(ann.call(&app, "DELETE", "account", &json!({"code": code})).await.status, 200);
        assert_eq!(ann.standing(&app).await, 401);
    }
}
