// A text as a QR code, for the camera of another device.
import { html } from '../html.js';
import { Loading, useLoad } from '../ui.js';
import { outline } from './squares.js';

/** Squares around it that stay white, as ISO/IEC 18004 asks. */
const MARGIN = 4;

/** Nothing, where it can't be drawn: the text has to stand beside it, too. */
export function Qr({ text, label }) {
    const code = useLoad(async () => {
        const { encode } = await import('../../vendor/uqr.js');
        return encode(text, { ecc: 'M', border: MARGIN }).data;
    }, [text]);
    if (code.error) return null;
    if (!code.data) return html`<${Loading} lines=${6} />`;
    const size = code.data.length;
    return html`
        <svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label}>
            <rect width=${size} height=${size} fill="#fff" /><path d=${outline(code.data)} fill="#000" />
        </svg>
    `;
}
