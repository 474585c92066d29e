/* What describes the container to others: each file judged by a validator of its format, and held against the program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { binary } from './emulator.js';

const require = createRequire(import.meta.url);
const docker = (name) => readFileSync(fileURLToPath(new URL(`../../docker/${name}`, import.meta.url)), 'utf8');

/* The long options of `run`, as the variables that stand for them. */
const variables = new Set([...execFileSync(binary, ['run', '--help'], { encoding: 'utf8' }).matchAll(/ --([a-z][a-z0-9-]+)/g)]
	.map(([, option]) => `ALINK_RUN_${option.toUpperCase().replaceAll('-', '_')}`));

for (const name of ['Dockerfile', 'compose.yml', 'kubernetes.yaml'])
	test(`${name} uses variables that there are`, () => {
		const used = [...docker(name).matchAll(/\bALINK_RUN_\w+/g)].map(([word]) => word);
		assert.ok(used.length > 0);
		assert.deepEqual(used.filter((word) => !variables.has(word)), []);
	});

describe('Dockerfile', () => {
	test('is valid', () => {
		const { validate } = require('dockerfile-utils');
		assert.deepEqual(validate(docker('Dockerfile')), []);
	});

	test('names no architecture', () => {
		assert.doesNotMatch(docker('Dockerfile'), /amd64|x86|arm64|aarch64|linux-gnu/);
	});

	test('does not run as root, and asks for its health', () => {
		assert.match(docker('Dockerfile'), /^USER 10001:10001$/m);
		assert.match(docker('Dockerfile'), /^HEALTHCHECK .*CMD \["alink-emulator", "probe"\]$/m);
	});
});

/* --- Kubernetes --- */

/*
 * Kubernetes' schemas let unknown keys pass, as its API server once did, so a misspelt one would go unseen. A
 * validator looks at each key that it knows: what it never looked at is unknown.
 */
function watched(value, path, unseen) {
	if (typeof value !== 'object' || value === null)
		return value;
	const inner = new Map(Object.entries(value).map(([key, member]) => {
		unseen.add(`${path}.${key}`);
		return [key, watched(member, `${path}.${key}`, unseen)];
	}));
	const see = (key) => typeof key === 'string' && unseen.delete(`${path}.${key}`);
	return new Proxy(value, {
		get: (target, key) => { see(key); return inner.has(key) ? inner.get(key) : target[key]; },
	});
}

const schemas = {
	'v1 ConfigMap': 'IoK8sApiCoreV1ConfigMap', 'v1 Service': 'IoK8sApiCoreV1Service', 'apps/v1 Deployment': 'IoK8sApiAppsV1Deployment',
};

function unknownKeys(resource) {
	const name = schemas[`${resource.apiVersion} ${resource.kind}`];
	assert.ok(name, `${resource.apiVersion} ${resource.kind} is not looked at by this test`);
	const { validate } = require(require.resolve('kubernetes-models').replace(/index\.js$/, `_schemas/${name}.js`));
	const unseen = new Set();
	assert.ok(validate(watched(resource, resource.kind, unseen)), JSON.stringify(validate.errors));
	return [...unseen];
}

describe('kubernetes.yaml', () => {
	const resources = parseAllDocuments(docker('kubernetes.yaml')).map((document) => {
		assert.deepEqual([...document.errors, ...document.warnings], []);
		return document.toJS();
	});
	const of = (kind) => resources.filter((resource) => resource.kind === kind);
	const [deployment] = of('Deployment');
	const [service] = of('Service');
	const pod = deployment.spec.template;
	const [container] = pod.spec.containers;

	for (const resource of resources)
		test(`${resource.kind} ${resource.metadata.name} is valid`, () => {
			assert.deepEqual(unknownKeys(resource), []);
		});

	test('the check sees what is wrong', () => {
		const wrong = structuredClone(deployment);
		wrong.spec.template.spec.containers[0].imagePulPolicy = 'Always';
		assert.deepEqual(unknownKeys(wrong), ['Deployment.spec.template.spec.containers.0.imagePulPolicy']);
		wrong.spec.replicas = 'one';
		assert.throws(() => unknownKeys(wrong), /\/spec\/replicas.*integer/);
	});

	test('its parts belong together', () => {
		assert.deepEqual(service.spec.selector, pod.metadata.labels);
		assert.deepEqual(deployment.spec.selector.matchLabels, pod.metadata.labels);
		const ports = container.ports.map(({ name }) => name);
		assert.deepEqual(service.spec.ports.map(({ targetPort }) => targetPort), ports);
		for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
			assert.ok(ports.includes(container[probe].httpGet.port));
		assert.deepEqual(container.volumeMounts.map(({ name }) => name).sort(), pod.spec.volumes.map(({ name }) => name).sort());
		const maps = pod.spec.volumes.flatMap(({ configMap }) => configMap?.name ?? []);
		assert.deepEqual(maps, of('ConfigMap').map(({ metadata }) => metadata.name));
		const named = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
		assert.equal(named.ALINK_RUN_HOST, service.metadata.name);
		assert.equal(named.ALINK_RUN_CLOUD, '/etc/alink-emulator/cloud/cloud.json');
	});

	test('the files in its config maps are fine, one beside the other', () => {
		const folder = mkdtempSync(join(tmpdir(), 'alink-manifest-'));
		try {
			const files = of('ConfigMap').flatMap(({ data }) => Object.entries(data)).map(([name, text]) => {
				writeFileSync(join(folder, name), text);
				return join(folder, name);
			});
			assert.deepEqual(files, [join(folder, 'cloud.json'), join(folder, 'slow.json')]);
			assert.equal(execFileSync(binary, ['check', ...files], { encoding: 'utf8' }), '');
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
});

/* --- compose; tests/docker/image.sh has docker-compose judge it and runs it --- */

test('compose.yml and its cloud file', () => {
	const { services } = parse(docker('compose.yml'), { strict: true });
	assert.deepEqual(Object.keys(services), ['emulator', 'device']);
	assert.equal(services.device.depends_on.emulator.condition, 'service_healthy');
	const cloud = fileURLToPath(new URL('../../docker/cloud.json', import.meta.url));
	execFileSync(binary, ['check', cloud]);
	/* Every scenario of the library fits that cloud, where it is mounted and where the comment says. */
	assert.ok(services.emulator.volumes.includes('../scenarios:/etc/alink-emulator/scenarios:ro'));
	const library = fileURLToPath(new URL('../../scenarios/', import.meta.url));
	assert.ok(existsSync(join(library, /scenarios\/([\w-]+\.json)/.exec(docker('compose.yml'))[1])));
	execFileSync(binary, ['check', cloud, ...readdirSync(library).filter((name) => name.endsWith('.json')).map((name) => join(library, name))]);
});

/* --- GitHub Actions --- */

test('the workflow of the examples is valid', () => {
	const { validateWorkflow } = require('@action-validator/core');
	const workflow = readFileSync(fileURLToPath(new URL('../examples/github-actions.yml', import.meta.url)), 'utf8');
	assert.deepEqual(validateWorkflow(workflow).errors, []);
	assert.notDeepEqual(validateWorkflow(workflow.replace('runs-on', 'run-on')).errors, []);
	for (const [word] of workflow.matchAll(/\bALINK_RUN_\w+/g))
		assert.ok(variables.has(word), word);
});
