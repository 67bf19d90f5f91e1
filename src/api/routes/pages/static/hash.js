// SHA-256 of a password, and TOTP codes (RFC 6238). Browsers offer both only where the page came over HTTPS or from this
// machine; this page shall also work at the address of a test machine.

const rotl = (x, n) => (x << n) | (x >>> (32 - n));
const rotr = (x, n) => (x >>> n) | (x << (32 - n));

// Fractions of the roots of the first primes, as FIPS 180-4 has them.
const primes = [];
for (let n = 2; primes.length < 64; n += 1) {
	if (primes.every((prime) => n % prime)) {
		primes.push(n);
	}
}
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;

// Blocks of sixteen words, with the padding that both hashes share.
function* blocks(bytes) {
	const length = ((bytes.length + 72) >> 6) << 6;
	const padded = new Uint8Array(length);
	padded.set(bytes);
	padded[bytes.length] = 0x80;
	const view = new DataView(padded.buffer);
	view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29));
	view.setUint32(length - 4, bytes.length << 3);
	for (let at = 0; at < length; at += 64) {
		yield Array.from({ length: 16 }, (_, word) => view.getInt32(at + word * 4));
	}
}

function digest(state) {
	const view = new DataView(new ArrayBuffer(state.length * 4));
	state.forEach((word, at) => view.setInt32(at * 4, word));
	return new Uint8Array(view.buffer);
}

export function sha256(bytes) {
	let state = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
	const constants = primes.map((prime) => fraction(Math.cbrt(prime)));
	for (const w of blocks(bytes)) {
		for (let t = 16; t < 64; t += 1) {
			const [x, y] = [w[t - 15], w[t - 2]];
			const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
			const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10);
			w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
		}
		let [a, b, c, d, e, f, g, h] = state;
		for (let t = 0; t < 64; t += 1) {
			const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
			const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[t] + w[t]) | 0;
			const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
			const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
			[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
		}
		state = [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]) | 0);
	}
	return digest(state);
}

export function sha1(bytes) {
	let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
	for (const w of blocks(bytes)) {
		for (let t = 16; t < 80; t += 1) {
			w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
		}
		let [a, b, c, d, e] = state;
		for (let t = 0; t < 80; t += 1) {
			const [f, k] =
				t < 20 ? [(b & c) | (~b & d), 0x5a827999]
				: t < 40 ? [b ^ c ^ d, 0x6ed9eba1]
				: t < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
				: [b ^ c ^ d, 0xca62c1d6];
			[e, d, c, b, a] = [d, c, rotl(b, 30), a, (rotl(a, 5) + f + e + k + w[t]) | 0];
		}
		state = [a, b, c, d, e].map((word, at) => (word + state[at]) | 0);
	}
	return digest(state);
}

function hmacSha1(key, message) {
	const padded = new Uint8Array(64);
	padded.set(key);
	const keyed = (pad, bytes) => sha1(Uint8Array.of(...padded.map((byte) => byte ^ pad), ...bytes));
	return keyed(0x5c, keyed(0x36, message));
}

export function hexSha256(text) {
	const bytes = sha256(new TextEncoder().encode(text));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const STEP_SECONDS = 30;

export function totp(base32, step) {
	const bits = Array.from(base32, (c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = bits.match(/.{8}/g).map((byte) => parseInt(byte, 2));
	const message = new DataView(new ArrayBuffer(8));
	message.setUint32(4, step);
	const hash = hmacSha1(key, new Uint8Array(message.buffer));
	const number = new DataView(hash.buffer).getUint32(hash[19] & 15) & 0x7fffffff;
	return String(number % 1e6).padStart(6, "0");
}
