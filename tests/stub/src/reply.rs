//! Scripted replies: what the stub puts on the wire instead of its default answer.

use std::time::Duration;

use crate::{
    gate::Gate,
    render::{add_headers, chunked, head, whole},
};

/// One thing the stub does while it replies.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes these bytes, at once and by themselves.
    Send(Vec<u8>),
    /// Waits until the test opens the gate.
    Wait(Gate),
    /// Lets time pass, as an upstream that is at work; to wait for something there are gates.
    Pause(Duration),
    /// Does nothing more until the client leaves.
    Hang,
    /// Closes the connection.
    Close,
    /// Drops the connection with a TCP reset.
    Reset,
}

/// What to answer to one request.
#[derive(Clone, Debug)]
pub struct Reply(pub(crate) Kind);

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The default answer, with these headers (`name: value\r\n` each) added.
    Default(String),
    /// The default event stream in single bytes, with these headers added.
    Dribble(String),
    Steps(Vec<Step>),
    /// Not a byte, and this end.
    Silent(Step),
    /// These steps, and then the default answer.
    After(Vec<Step>),
}

impl Reply {
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.0, Kind::Silent(_))
    }

    /// Raw bytes, the status line included. The connection stays open after the last step unless
    /// a step ended it.
    pub fn steps(steps: Vec<Step>) -> Reply {
        Reply(Kind::Steps(steps))
    }

    /// The default answer, as if no reply had been set: to queue a success between failures.
    pub fn ok() -> Reply {
        Reply(Kind::Default(String::new()))
    }

    /// A complete JSON answer.
    pub fn json(status: u16, body: &str) -> Reply {
        Reply::steps(vec![whole(status, "application/json", body.as_bytes())])
    }

    /// Adds a header to a reply that starts with a status line; a `content-type` replaces the
    /// one that is there. Replies without a head stay as they are.
    pub fn with_header(mut self, name: &str, value: &str) -> Reply {
        let line = format!("{name}: {value}\r\n");
        match &mut self.0 {
            Kind::Default(lines) | Kind::Dribble(lines) => lines.push_str(&line),
            Kind::Steps(steps) => add_headers(steps, &line),
            Kind::Silent(_) | Kind::After(_) => {}
        }
        self
    }

    /// Does these steps before the reply, if that is one of raw steps: an interim answer, say.
    pub fn preceded_by(mut self, mut first: Vec<Step>) -> Reply {
        if let Kind::Steps(steps) = &mut self.0 {
            first.append(steps);
            *steps = first;
        }
        self
    }

    /// A success that is a web page: what a captive portal or a wrong base URL answers.
    pub fn html() -> Reply {
        Reply::steps(vec![whole(200, "text/html", b"<html><body>Welcome</body></html>")])
    }

    /// A success with an empty body.
    pub fn empty() -> Reply {
        Reply::steps(vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec())])
    }

    /// Resets the connection without a byte. On a kept connection that looks as if the request had
    /// met a connection just being closed, and clients send it once more: there it is not counted
    /// as a call, and the reply stays in the queue for the call that comes on a new connection.
    pub fn reset() -> Reply {
        Reply(Kind::Silent(Step::Reset))
    }

    /// The default answer after these steps: what comes before it, as interim answers do.
    pub fn after(steps: Vec<Step>) -> Reply {
        Reply(Kind::After(steps))
    }

    /// Never answers.
    pub fn hang() -> Reply {
        Reply::steps(vec![Step::Hang])
    }

    /// Closes the connection without a byte; on a kept connection as [`Reply::reset`].
    pub fn close() -> Reply {
        Reply(Kind::Silent(Step::Close))
    }

    /// Closes before all the bytes `content-length` promised were sent.
    pub fn too_short() -> Reply {
        let mut bytes = head(200, "application/json", "content-length: 200");
        bytes.extend(br#"{"id":"chatcmpl-stub","#);
        Reply::steps(vec![Step::Send(bytes), Step::Close])
    }

    /// Sends more than `content-length` says and keeps the connection open, so that what is left
    /// over would be taken for the next answer.
    pub fn too_long() -> Reply {
        let mut bytes = head(200, "application/json", "content-length: 2");
        bytes.extend(b"{}{\"left\":\"over\"}");
        Reply::steps(vec![Step::Send(bytes)])
    }

    /// An event stream of these `data:` events, each in a chunk of its own, ended cleanly. There
    /// is no `[DONE]` unless it is one of them.
    pub fn sse(events: &[&str]) -> Reply {
        let data = |event: &&str| Step::Send(format!("data: {event}\n\n").into_bytes());
        Reply::sse_raw(events.iter().map(data).collect())
    }

    /// An event stream of these steps, the bytes of each `Send` as one chunk; ended cleanly
    /// unless a step ends the connection.
    pub fn sse_raw(parts: Vec<Step>) -> Reply {
        Reply::steps(chunked(parts))
    }

    /// The default event stream sent byte by byte, each in a chunk and a write of its own.
    pub fn dribble() -> Reply {
        Reply(Kind::Dribble(String::new()))
    }
}
