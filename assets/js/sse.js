// Server-sent events of an answer, whatever pieces they come in (WHATWG HTML, "Server-sent
// events"): lines end with LF, CRLF or CR, and a character or a line may be split anywhere.

/** The `data` of each event of this stream of bytes, `[DONE]` too. */
export async function* events(body) {
    const lines = new Lines();
    let data = [];
    for await (const piece of pieces(body)) {
        for (const line of lines.take(piece)) {
            if (line === '') {
                if (data.length) yield data.join('\n');
                data = [];
            } else if (line.startsWith('data:')) {
                data.push(line.slice(5).replace(/^ /, ''));
            }
        }
    }
}

/** The text of a stream; a character that is not whole yet waits for its rest. */
async function* pieces(body) {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    try {
        for (;;) {
            const { done, value } = await reader.read();
            yield decoder.decode(value, { stream: !done });
            if (done) return;
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}

class Lines {
    #rest = '';

    /** The lines that are whole with this piece. */
    take(piece) {
        let text = this.#rest + piece;
        // Whether a CR at the end is one half of a CRLF shows with the next piece.
        const held = text.endsWith('\r') ? '\r' : '';
        text = text.slice(0, text.length - held.length);
        const lines = text.split(/\r\n|\n|\r/);
        this.#rest = lines.pop() + held;
        return lines;
    }
}
