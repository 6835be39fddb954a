//! [`Tasks`]: what goes on beside the requests.

use std::sync::Arc;

use actix_web::rt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::tls::Certificate;
use crate::app::App;
use crate::audit;
use crate::follow;
use crate::housekeeping;
use crate::limits::Clerk;
use crate::replicas::{self, Line};
use crate::secrets::watch::Watch;
use crate::slots::Keeper;

/// Who does it.
pub struct Tasks {
    /// Speaks with other replicas.
    pub line: Option<Line>,
    /// Keeps the places that this process holds.
    pub keeper: Keeper,
    /// Brings to the others what client tokens have used here.
    pub clerk: Clerk,
    /// Looks after the secrets file.
    pub secrets: Watch,
    /// Looks after the files of the listener's certificate.
    pub certificate: Option<Certificate>,
}

/// The same, at it.
pub struct Running {
    quit: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Tasks {
    /// Begins.
    pub fn start(self, app: &Arc<App>) -> Running {
        let (quit, quitting) = watch::channel(());
        let mut tasks = vec![
            rt::spawn(follow::until_stopped(app.clone(), quitting.clone())),
            rt::spawn(replicas::roll_call::until_stopped(app.clone(), quitting.clone())),
            rt::spawn(housekeeping::until_stopped(app.clone(), quitting.clone())),
            rt::spawn(audit::head::until_stopped(app.clone(), quitting.clone())),
            rt::spawn(audit::failures::until_stopped(app.clone(), quitting)),
            rt::spawn(self.keeper.run()),
            rt::spawn(self.clerk.run()),
            rt::spawn(replicas::follow(app.clone(), self.line)),
            rt::spawn(self.secrets.run(app.clone())),
            rt::spawn(app.metrics.clone().keep_up()),
        ];
        tasks.extend(self.certificate.map(|certificate| rt::spawn(certificate.keep_up())));
        Running { quit, tasks }
    }
}

impl Running {
    /// No further look at what others do begins; one under way may finish, beside the requests
    /// that are under way.
    pub fn quit(self) -> Vec<JoinHandle<()>> {
        drop(self.quit);
        self.tasks
    }
}
