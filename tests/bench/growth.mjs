/*
 * What growth.sh measured, as a picture: the cost of a message relative to that at the smallest size, which was measured
 * in the same repetition, and of these the median. Flat is what it is to be.
 *
 *   node growth.mjs RESULTS >growth.svg
 */
import { readFileSync } from 'node:fs';

const titles = {
	registry: 'devices in the registry',
	gateway: 'sub-devices per gateway, 5 gateways',
	rules: 'scenario rules about other things',
	log: 'records in a full log',
};
const width = 380, height = 220, left = 44, right = 16, top = 34, bottom = 40, highest = 2;

const median = list => {
	const sorted = [...list].sort((a, b) => a - b), middle = sorted.length / 2;

	return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/* dimension → size → [{ repetition, us }] */
const results = new Map();

for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
	const [repetition, dimension, size, us] = line.split(' ');
	const sizes = results.get(dimension) ?? results.set(dimension, new Map()).get(dimension);

	sizes.set(Number(size), [...sizes.get(Number(size)) ?? [], { repetition, us: Number(us) }]);
}

const label = size => size >= 1e6 ? `${size / 1e6} M` : size >= 1e4 ? `${size / 1e3} k` : String(size);

function panel(dimension, sizes, number) {
	const points = [...sizes].sort(([a], [b]) => a - b), [, first] = points[0];
	const x = index => left + 18 + (width - left - right - 36) * (points.length > 1 ? index / (points.length - 1) : 0.5);
	const y = ratio => top + (height - top - bottom) * (1 - Math.min(ratio, highest) / highest);
	const ratios = points.map(([, runs]) =>
		median(runs.map(run => run.us / first.find(other => other.repetition === run.repetition).us)));
	const out = [];

	for (const ratio of [0, 0.5, 1, 1.5, 2])
		out.push(`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(ratio)}" y2="${y(ratio)}"/>`,
			`<text class="tick" x="${left - 6}" y="${y(ratio) + 4}" text-anchor="end">${ratio.toFixed(1)}</text>`);
	out.push(`<polyline points="${ratios.map((ratio, i) => `${x(i).toFixed(1)},${y(ratio).toFixed(1)}`).join(' ')}"/>`);
	points.forEach(([size, runs], i) => out.push(
		`<circle cx="${x(i).toFixed(1)}" cy="${y(ratios[i]).toFixed(1)}" r="3.5"/>`,
		`<text class="value" x="${x(i).toFixed(1)}" y="${(y(ratios[i]) - 9).toFixed(1)}" text-anchor="middle">${median(runs.map(run => run.us)).toFixed(1)}</text>`,
		`<text class="tick" x="${x(i).toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle">${label(size)}</text>`));
	out.push(`<text class="title" x="${left}" y="18">${titles[dimension] ?? dimension}</text>`);
	return `<g transform="translate(${number % 2 * width} ${Math.floor(number / 2) * height})">\n${out.join('\n')}\n</g>`;
}

const panels = [...results].map(([dimension, sizes], number) => panel(dimension, sizes, number));
const rows = Math.ceil(panels.length / 2);

console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${rows * height + 24}" font-family="sans-serif">
<style>
.grid { stroke: #ddd } .tick { font-size: 11px; fill: #555 } .value { font-size: 11px; fill: #222 } .title { font-size: 13px; fill: #222 }
polyline { fill: none; stroke: #2266aa; stroke-width: 2 } circle { fill: #2266aa }
</style>
<rect width="100%" height="100%" fill="#fff"/>
${panels.join('\n')}
<text class="tick" x="${left}" y="${rows * height + 12}">Broker CPU time per message relative to the smallest size; at the points, its median in microseconds.</text>
</svg>`);
