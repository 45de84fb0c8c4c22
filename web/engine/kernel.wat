;; One layer of a network in whole numbers, on 128-bit vectors. `node web/engine/build.js` makes kernel.js of it.
;;
;; Activations are int16 (0 to 255), channel beside channel and pixel beside pixel, with a border of zeros. So the inputs
;; under one row of a convolution's weights lie in one run of memory, which is read as pairs of inputs. The weights of
;; 16 outputs stand together: pair after pair, the two weights of each output, as int16. i32x4.dot_i16x8_s then adds a
;; pair's two products for 4 outputs at a time. All sums are exact: none reaches 2**24.
;;
;; Two pixels are computed together, so that each weight that is loaded serves twice: 8 accumulators in all.

(module
  (import "doodle" "memory" (memory 1))

  (func (export "layer")
    (param $table i32)     ;; of each pixel: addresses of its inputs, of its shortcut, of its outputs
    (param $count i32)     ;; of pixels, even
    (param $rows i32)      ;; of weights
    (param $pairs i32)     ;; of inputs to a row
    (param $skip i32)      ;; bytes from a row's last input to the next row's first
    (param $weights i32)
    (param $constants i32) ;; of each 16 outputs: bias, int32; factor, float32; weight of the shortcut, int32
    (param $blocks i32)    ;; of 16 outputs
    (param $has_shortcut i32)
    (param $is_last i32)   ;; then outputs are logits, float32

    (local $pixel i32) (local $end i32) (local $row i32) (local $pair i32) (local $block i32)
    (local $p i32) (local $q i32) (local $w i32) (local $x v128)
    (local $w0 v128) (local $w1 v128) (local $w2 v128) (local $w3 v128)
    (local $p0 v128) (local $p1 v128) (local $p2 v128) (local $p3 v128)
    (local $q0 v128) (local $q1 v128) (local $q2 v128) (local $q3 v128)

    (local.set $end (i32.add (local.get $table) (i32.mul (local.get $count) (i32.const 12))))
    (loop $next_block
      (local.set $pixel (local.get $table))
      (loop $next_pixels
        (local.set $p (i32.load (local.get $pixel)))
        (local.set $q (i32.load offset=12 (local.get $pixel)))
        (local.set $p0 (local.tee $q0 (v128.load (local.get $constants))))
        (local.set $p1 (local.tee $q1 (v128.load offset=16 (local.get $constants))))
        (local.set $p2 (local.tee $q2 (v128.load offset=32 (local.get $constants))))
        (local.set $p3 (local.tee $q3 (v128.load offset=48 (local.get $constants))))
        (local.set $w (local.get $weights))
        (local.set $row (local.get $rows))
        (loop $next_row
          (local.set $pair (local.get $pairs))
          (loop $next_pair
            (local.set $w0 (v128.load (local.get $w)))
            (local.set $w1 (v128.load offset=16 (local.get $w)))
            (local.set $w2 (v128.load offset=32 (local.get $w)))
            (local.set $w3 (v128.load offset=48 (local.get $w)))
            (local.set $x (v128.load32_splat (local.get $p)))
            (local.set $p0 (i32x4.add (local.get $p0) (i32x4.dot_i16x8_s (local.get $x) (local.get $w0))))
            (local.set $p1 (i32x4.add (local.get $p1) (i32x4.dot_i16x8_s (local.get $x) (local.get $w1))))
            (local.set $p2 (i32x4.add (local.get $p2) (i32x4.dot_i16x8_s (local.get $x) (local.get $w2))))
            (local.set $p3 (i32x4.add (local.get $p3) (i32x4.dot_i16x8_s (local.get $x) (local.get $w3))))
            (local.set $x (v128.load32_splat (local.get $q)))
            (local.set $q0 (i32x4.add (local.get $q0) (i32x4.dot_i16x8_s (local.get $x) (local.get $w0))))
            (local.set $q1 (i32x4.add (local.get $q1) (i32x4.dot_i16x8_s (local.get $x) (local.get $w1))))
            (local.set $q2 (i32x4.add (local.get $q2) (i32x4.dot_i16x8_s (local.get $x) (local.get $w2))))
            (local.set $q3 (i32x4.add (local.get $q3) (i32x4.dot_i16x8_s (local.get $x) (local.get $w3))))
            (local.set $w (i32.add (local.get $w) (i32.const 64)))
            (local.set $p (i32.add (local.get $p) (i32.const 4)))
            (local.set $q (i32.add (local.get $q) (i32.const 4)))
            (br_if $next_pair (local.tee $pair (i32.sub (local.get $pair) (i32.const 1)))))
          (local.set $p (i32.add (local.get $p) (local.get $skip)))
          (local.set $q (i32.add (local.get $q) (local.get $skip)))
          (br_if $next_row (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
        (call $finish (local.get $p0) (local.get $p1) (local.get $pixel) (local.get $constants)
          (local.get $block) (i32.const 0) (local.get $has_shortcut) (local.get $is_last))
        (call $finish (local.get $p2) (local.get $p3) (local.get $pixel) (local.get $constants)
          (local.get $block) (i32.const 1) (local.get $has_shortcut) (local.get $is_last))
        (local.set $pixel (i32.add (local.get $pixel) (i32.const 12)))
        (call $finish (local.get $q0) (local.get $q1) (local.get $pixel) (local.get $constants)
          (local.get $block) (i32.const 0) (local.get $has_shortcut) (local.get $is_last))
        (call $finish (local.get $q2) (local.get $q3) (local.get $pixel) (local.get $constants)
          (local.get $block) (i32.const 1) (local.get $has_shortcut) (local.get $is_last))
        (local.set $pixel (i32.add (local.get $pixel) (i32.const 12)))
        (br_if $next_pixels (i32.lt_u (local.get $pixel) (local.get $end))))
      (local.set $weights (local.get $w))
      (local.set $constants (i32.add (local.get $constants) (i32.const 192)))
      (br_if $next_block
        (i32.lt_u (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks)))))

  ;; Turns 8 accumulators, one half of a block's, into outputs, and stores them.
  (func $finish
    (param $low v128) (param $high v128) (param $pixel i32) (param $constants i32)
    (param $block i32) (param $half i32) (param $has_shortcut i32) (param $is_last i32)
    (local $x v128) (local $channel i32)
    (local.set $channel (i32.add (i32.shl (local.get $block) (i32.const 4)) (i32.shl (local.get $half) (i32.const 3))))
    (local.set $constants (i32.add (local.get $constants) (i32.shl (local.get $half) (i32.const 5))))
    (if (local.get $has_shortcut) (then
      (local.set $x (v128.load (i32.add
        (i32.load offset=4 (local.get $pixel)) (i32.shl (local.get $channel) (i32.const 1)))))
      (local.set $low (i32x4.add (local.get $low) (i32x4.mul
        (i32x4.extend_low_i16x8_u (local.get $x)) (v128.load offset=128 (local.get $constants)))))
      (local.set $high (i32x4.add (local.get $high) (i32x4.mul
        (i32x4.extend_high_i16x8_u (local.get $x)) (v128.load offset=144 (local.get $constants)))))))
    (if (i32.eqz (local.get $is_last)) (then
      (local.set $low (i32x4.max_s (local.get $low) (v128.const i32x4 0 0 0 0)))
      (local.set $high (i32x4.max_s (local.get $high) (v128.const i32x4 0 0 0 0)))))
    ;; nearest rounds half to even
    (local.set $low (f32x4.nearest (f32x4.mul
      (f32x4.convert_i32x4_s (local.get $low)) (v128.load offset=64 (local.get $constants)))))
    (local.set $high (f32x4.nearest (f32x4.mul
      (f32x4.convert_i32x4_s (local.get $high)) (v128.load offset=80 (local.get $constants)))))
    (local.set $channel (i32.add
      (i32.load offset=8 (local.get $pixel))
      (i32.shl (local.get $channel) (i32.add (i32.const 1) (local.get $is_last)))))
    (if (local.get $is_last)
      (then
        (v128.store (local.get $channel) (local.get $low))
        (v128.store offset=16 (local.get $channel) (local.get $high)))
      (else
        (v128.store (local.get $channel) (i16x8.min_s
          (v128.const i16x8 255 255 255 255 255 255 255 255)
          (i16x8.narrow_i32x4_s
            (i32x4.trunc_sat_f32x4_s (local.get $low)) (i32x4.trunc_sat_f32x4_s (local.get $high)))))))))
