let x = `a${1}b`; var f = (a) => a; /re[/]x/g.test("\u00e9"); class A extends B {}
for (var i of [1]) ; var {a, ...b} = c; x **= 2; a?.b ?? 1n;