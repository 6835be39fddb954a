//! Three processes, each of which comes back at its port and over its directory.

use std::cell::{Cell, RefCell};
use std::net::TcpListener;
use std::time::Duration;

use fastrand::Rng;
use pool_stub::Stub;
use tokio::time::sleep;

use super::servers::Servers;
use super::story::Story;
use crate::replicas;
use crate::support::{Home, Program};

/// How many.
pub const REPLICAS: usize = 3;

/// Below those that systems hand out by themselves: nobody gets one while its process is away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Between two pieces of a stream: a stream takes long enough to be met by a death.
const PAUSE: Duration = Duration::from_millis(40);

const SETTINGS: [(&str, &str); 3] = [
    ("DATABASE_WAIT_SECS", "60"),
    ("HOUSEKEEPING_LEASE_SECS", "5"),
    // So few that imports take a while.
    ("HEALTH_CHECK_CONCURRENCY", "2"),
];

/// The processes and what they stand on.
pub struct Fleet {
    /// What happened.
    pub story: Story,
    /// Their upstream.
    pub stub: Stub,
    servers: Servers,
    /// How often Postgres went away or came back: odd while it is away.
    turns: Cell<u64>,
    all: Vec<Replica>,
}

struct Replica {
    home: Home,
    port: u16,
    program: RefCell<Option<Program>>,
}

impl Fleet {
    /// All up.
    pub async fn start(story: &Story) -> Self {
        let servers = Servers::start().await;
        let first = Home::over(&servers.database, &servers.redis).await;
        let mut homes: Vec<Home> = (1..REPLICAS).map(|_| first.twin()).collect();
        homes.push(first);
        let mut ports = Rng::new();
        let all = homes.into_iter().map(|home| Replica {
            home,
            port: free_port(&mut ports),
            program: RefCell::default(),
        });
        let (all, stub) = (all.collect(), Stub::spaced(PAUSE));
        let fleet = Self { story: story.clone(), stub, servers, turns: Cell::default(), all };
        for which in 0..REPLICAS {
            fleet.begin(which).await;
        }
        fleet
    }

    /// The address of one, up or not.
    pub fn url(&self, which: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.all[which].port)
    }

    /// How many are up.
    pub fn up(&self) -> usize {
        self.all.iter().filter(|replica| replica.program.borrow().is_some()).count()
    }

    /// Starts one that is away, and again where Postgres went away meanwhile, as an orchestrator
    /// would.
    pub async fn begin(&self, which: usize) {
        let Replica { home, port, program } = &self.all[which];
        loop {
            let turns = self.turns.get();
            let mut command = replicas::command(home, &self.stub, &home.settings().2, &SETTINGS);
            command.env("PORT", port.to_string());
            match Program::try_start(command).await {
                Ok(started) => {
                    *program.borrow_mut() = Some(started);
                    return self.story.note(format!("replica {which} is up"));
                }
                Err(printed) if turns % 2 == 1 || turns < self.turns.get() => {
                    self.story.deed(format!("replica {which} gave up its start: {printed}"));
                }
                Err(printed) => panic!("replica {which} does not start: {printed}"),
            }
        }
    }

    /// Takes a server away for so long, ended well or killed.
    pub async fn take_away(&self, server: &str, how: &str, away: Duration) {
        self.story.deed(format!("{how} {server}, for {away:?}"));
        let turn = || self.turns.update(|turns| turns + u64::from(server == "postgres"));
        turn();
        self.servers.command(how, server).await;
        sleep(away).await;
        self.servers.command("start", server).await;
        turn();
        self.story.note(format!("{server} is up"));
    }

    /// Kills one that is up.
    pub async fn kill(&self, which: usize) {
        let program = self.all[which].program.take().expect("it is up");
        self.story.deed(format!("replica {which} is killed"));
        self.look_at_log(which, &program.kill().await);
    }

    /// Ends all of them well.
    pub async fn stop(&self) {
        for (which, replica) in self.all.iter().enumerate() {
            let program = replica.program.take().expect("it is up");
            let (status, printed) = program.terminate().await;
            assert!(status.success(), "{status}: {printed}");
            self.look_at_log(which, &printed);
        }
    }

    fn look_at_log(&self, which: usize, printed: &str) {
        let errors = printed.lines().filter(|line| line.contains("ERROR"));
        errors.for_each(|line| self.story.note(format!("replica {which} had said: {line}")));
        for never in ["panicked", "deadlock"] {
            assert!(!printed.contains(never), "replica {which}: {printed}");
        }
    }
}

fn free_port(chance: &mut Rng) -> u16 {
    let ports = std::iter::repeat_with(|| chance.u16(PORTS)).take(1000);
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("a free port")
}
