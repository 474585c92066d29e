var a = "ğŸ˜€í ½í¸€"; // ÿ
/* x */ a / 2 / 3; if (a) /x/.test(a)