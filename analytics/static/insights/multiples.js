// Gives the picture of the small multiples as PNG, at twice its size.
"use strict";
(function () {
  const link = document.getElementById("picture");

  document.getElementById("png").addEventListener("click", async () => {
    const picture = new Image();
    picture.src = link.href;
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * 2, height: picture.height * 2 });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const kept = document.createElement("a");
    kept.href = canvas.toDataURL("image/png");
    kept.download = link.download.replace(/svg$/, "png");
    kept.click();
  });
})();
