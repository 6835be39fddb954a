// Whether somebody is at this page. What it asks for by itself, to show what is new, must not keep an
// administrator's session from ending.
const AWAY_MS = 60_000;

let last = Date.now();

for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel']) {
    addEventListener(sign, () => {
        last = Date.now();
    }, { passive: true, capture: true });
}

/** Whether nobody has touched the page for a minute. */
export const isAway = () => Date.now() - last > AWAY_MS;
